package io.zrepl.cli;

import io.zrepl.cli.MonitorResult.Finding;
import io.zrepl.cli.MonitorResult.Measure;
import io.zrepl.cli.MonitorResult.Severity;
import io.zrepl.control.ErrorStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.Quantities;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.SnapshottingStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;

/** Judges the status of one job. Pure; used once, by one thread. */
final class JobMonitor {
  private final String name;
  private final Limits limits;
  private final Instant now;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Measure> measures = new ArrayList<>();

  private JobMonitor(String name, Limits limits, Instant now) {
    this.name = name;
    this.limits = limits;
    this.now = now;
  }

  /**
   * From which age on something is worth telling.
   *
   * @param warning positive
   * @param critical positive
   */
  record Threshold(Optional<Duration> warning, Optional<Duration> critical) {
    static final Threshold NONE = new Threshold(Optional.empty(), Optional.empty());

    boolean isSet() {
      return warning.isPresent() || critical.isPresent();
    }

    Severity of(Duration age) {
      if (critical.filter(limit -> age.compareTo(limit) >= 0).isPresent()) {
        return Severity.CRITICAL;
      }
      return warning.filter(limit -> age.compareTo(limit) >= 0).isPresent()
          ? Severity.WARNING
          : Severity.OK;
    }

    Measure measure(String label, Duration age) {
      return new Measure(label, age.toSeconds() + "s", seconds(warning), seconds(critical));
    }

    private static String seconds(Optional<Duration> limit) {
      return limit.map(duration -> String.valueOf(duration.toSeconds())).orElse("");
    }
  }

  /**
   * What is asked for.
   *
   * @param failure how bad it is if something failed in the last run of a job
   * @param lag of the newest snapshot on the receiver, of each filesystem
   * @param snapshot of the newest snapshot on this side, of each filesystem
   */
  record Limits(Severity failure, Threshold lag, Threshold snapshot) {}

  /** What is to be said about a job. */
  record Judgement(List<Finding> findings, List<Measure> measures) {}

  /** Judges. */
  static Judgement judge(String name, JobStatus job, Limits limits, Instant now) {
    JobMonitor monitor = new JobMonitor(name, limits, now);
    job.problem().ifPresent(problem -> monitor.failed(problem.text()));
    switch (job) {
      case JobStatus.Active active -> monitor.active(active);
      case JobStatus.Snap snap -> {
        snap.snapshotting().ifPresent(monitor::snapshotting);
        snap.pruning().ifPresent(pruning -> monitor.pruning("pruning", pruning));
        monitor.snapshotAge(snap.snapshotting(), snap.pruning());
      }
      case JobStatus.Passive passive -> {
        passive.snapshotting().ifPresent(monitor::snapshotting);
        if (passive.kind() == JobStatus.PassiveType.SOURCE) {
          monitor.snapshotAge(passive.snapshotting(), Optional.empty());
        }
      }
      case JobStatus.Internal _ -> {}
      case JobStatus.Unknown unknown ->
          monitor.add(Severity.UNKNOWN, "this version does not know jobs of its type");
    }
    if (monitor.findings.isEmpty()) {
      monitor.add(Severity.OK, "nothing failed");
    }
    return new Judgement(List.copyOf(monitor.findings), List.copyOf(monitor.measures));
  }

  private void add(Severity severity, String text) {
    findings.add(new Finding(severity, "job \"%s\": %s".formatted(name, text)));
  }

  private void failed(String text) {
    add(limits.failure(), text);
  }

  private void active(JobStatus.Active active) {
    active.snapshotting().ifPresent(this::snapshotting);
    active.replication().ifPresent(this::replication);
    active.pruningSender().ifPresent(pruning -> pruning("pruning of the sender", pruning));
    active.pruningReceiver().ifPresent(pruning -> pruning("pruning of the receiver", pruning));
    if (active.kind() == JobStatus.ActiveType.PUSH) {
      snapshotAge(active.snapshotting(), active.pruningSender());
    }
    age(
        "lag",
        "the newest snapshot on the receiver",
        limits.lag(),
        new TreeMap<>(active.replicas()));
  }

  private void replication(ReplicationStatus replication) {
    if (replication.attempts().isEmpty()) {
      return;
    }
    ReplicationStatus.Attempt last = replication.attempts().getLast();
    boolean again = replication.finishedAt().isEmpty();
    if (again && !last.state().terminal() && replication.attempts().size() > 1) {
      // What failed is being tried again at this moment.
      last = replication.attempts().get(replication.attempts().size() - 2);
    }
    Severity severity =
        again && limits.failure() == Severity.CRITICAL ? Severity.WARNING : limits.failure();
    last.planError().ifPresent(error -> add(severity, "replication failed: " + told(error)));
    List<ReplicationStatus.Filesystem> failures =
        last.filesystems().stream().filter(filesystem -> filesystem.error().isPresent()).toList();
    if (!failures.isEmpty()) {
      ReplicationStatus.Filesystem first = failures.getFirst();
      add(
          severity,
          "replication failed for %d of %d filesystems, such as %s: %s"
              .formatted(
                  failures.size(),
                  last.filesystems().size(),
                  first.name(),
                  first.error().map(JobMonitor::told).orElse("")));
    }
  }

  private void pruning(String what, PruningStatus pruning) {
    List<PruningStatus.Filesystem> failures =
        pruning.completed().stream()
            .filter(filesystem -> !filesystem.lastError().isEmpty())
            .toList();
    if (!failures.isEmpty()) {
      failed(
          "%s failed for %d filesystems, such as %s: %s"
              .formatted(
                  what,
                  failures.size(),
                  failures.getFirst().name(),
                  failures.getFirst().lastError()));
    } else if (!pruning.error().isEmpty()) {
      failed(what + " failed: " + pruning.error());
    }
  }

  private void snapshotting(SnapshottingStatus snapshotting) {
    List<SnapshottingStatus.Filesystem> failures =
        snapshotting.filesystems().stream()
            .filter(filesystem ->
                filesystem.state() == SnapshottingStatus.FilesystemState.ERROR
                    || filesystem.hooksHadError())
            .toList();
    if (!failures.isEmpty()) {
      SnapshottingStatus.Filesystem first = failures.getFirst();
      failed(
          "snapshots or their hooks failed for %d filesystems, such as %s: %s"
              .formatted(
                  failures.size(),
                  first.path(),
                  first.error().isEmpty() ? "see zrepl status" : first.error()));
      return;
    }
    String error =
        switch (snapshotting) {
          case SnapshottingStatus.Periodic periodic -> periodic.error();
          case SnapshottingStatus.Cron cron -> String.join("; ", cron.errors());
          case SnapshottingStatus.Manual manual -> manual.error();
          case SnapshottingStatus.Unknown _ -> "";
        };
    if (!error.isEmpty()) {
      failed("taking snapshots failed: " + error);
    }
  }

  private void snapshotAge(
      Optional<SnapshottingStatus> snapshotting, Optional<PruningStatus> pruning) {
    Map<String, Instant> newest = new TreeMap<>();
    snapshotting.stream()
        .flatMap(status -> status.filesystems().stream())
        .forEach(filesystem ->
            filesystem.lastAt().ifPresent(time -> newest.merge(filesystem.path(), time, later())));
    pruning.stream()
        .flatMap(status -> Stream.concat(status.pending().stream(), status.completed().stream()))
        .filter(filesystem -> !filesystem.snapshots().isEmpty())
        .forEach(filesystem ->
            filesystem
                .snapshots()
                .getLast()
                .date()
                .ifPresent(time -> newest.merge(filesystem.name(), time, later())));
    age("snapshot_age", "the newest snapshot", limits.snapshot(), newest);
  }

  private static BinaryOperator<Instant> later() {
    return BinaryOperator.maxBy(Comparator.naturalOrder());
  }

  private void age(String label, String what, Threshold threshold, Map<String, Instant> newest) {
    Optional<Map.Entry<String, Instant>> oldest =
        newest.entrySet().stream().min(Map.Entry.comparingByValue());
    if (oldest.isEmpty()) {
      if (threshold.isSet()) {
        add(
            Severity.UNKNOWN,
            "the age of %s is not known: the job has not got that far since the daemon was started"
                .formatted(what));
      }
      return;
    }
    Duration age = Duration.between(oldest.get().getValue(), now);
    age = age.isNegative() ? Duration.ZERO : age;
    measures.add(threshold.measure(label + "_" + name, age));
    Severity severity = threshold.of(age);
    if (severity != Severity.OK) {
      Duration limit =
          (severity == Severity.CRITICAL ? threshold.critical() : threshold.warning())
              .orElseThrow();
      long late =
          newest.values().stream()
              .filter(time -> Duration.between(time, now).compareTo(limit) >= 0)
              .count();
      add(
          severity,
          "%s of %s is %s old (limit %s; %d of %d filesystems)"
              .formatted(
                  what,
                  oldest.get().getKey(),
                  Quantities.remaining(age),
                  Quantities.remaining(limit),
                  late,
                  newest.size()));
    }
  }

  private static String told(ErrorStatus error) {
    return error.text() + error.advice().map(advice -> " (" + advice + ")").orElse("");
  }
}
