package io.zrepl.cli.status;

import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.SnapshottingStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What matters of a job, in a few words. A pure function of its status.
 *
 * @param verdict the worst that is true of it
 * @param working whether it works now, also if something has failed
 * @param text for people, for example {@code replicating 45%, 2 filesystems failed}
 */
public record JobSummary(Verdict verdict, boolean working, String text) {
  /** From bad to good. */
  public enum Verdict {
    /** Something failed. */
    FAILED('!'),
    /** Works now. */
    RUNNING('*'),
    /** Nothing to tell. */
    QUIET(' ');

    private final char mark;

    Verdict(char mark) {
      this.mark = mark;
    }

    char mark() {
      return mark;
    }
  }

  /** Looks at a job. */
  public static JobSummary of(JobStatus job) {
    List<String> failures = new ArrayList<>();
    List<String> works = new ArrayList<>();
    job.problem().ifPresent(problem -> failures.add(firstLine(problem.text())));
    switch (job) {
      case JobStatus.Active active -> {
        active.replication().ifPresent(report -> replication(report, failures, works));
        pruning("sender", active.pruningSender(), failures, works);
        pruning("receiver", active.pruningReceiver(), failures, works);
        snapshotting(active.snapshotting(), failures, works);
      }
      case JobStatus.Passive passive -> snapshotting(passive.snapshotting(), failures, works);
      case JobStatus.Snap snap -> {
        pruning("snapshots", snap.pruning(), failures, works);
        snapshotting(snap.snapshotting(), failures, works);
      }
      case JobStatus.Internal _, JobStatus.Unknown _ -> {}
    }
    List<String> all = new ArrayList<>(failures);
    all.addAll(works);
    if (all.isEmpty()) {
      return new JobSummary(Verdict.QUIET, false, quiet(job));
    }
    return new JobSummary(
        failures.isEmpty() ? Verdict.RUNNING : Verdict.FAILED,
        !works.isEmpty(),
        String.join("; ", all));
  }

  private static String quiet(JobStatus job) {
    return switch (job) {
      case JobStatus.Active active ->
          active.replication().filter(report -> !report.attempts().isEmpty()).isPresent()
              ? "replicated"
              : "no replication yet";
      case JobStatus.Passive _ -> "serves clients";
      case JobStatus.Unknown _ -> "unknown type " + job.type();
      case JobStatus.Snap _, JobStatus.Internal _ -> "waits";
    };
  }

  private static void replication(
      ReplicationStatus report, List<String> failures, List<String> works) {
    if (report.attempts().isEmpty()) {
      return;
    }
    ReplicationStatus.Attempt attempt = report.attempts().getLast();
    attempt.planError().ifPresent(error -> failures.add("replication: " + firstLine(error.text())));
    long failed = attempt.filesystems().stream().filter(fs -> fs.error().isPresent()).count();
    if (failed > 0) {
      failures.add("%d of %d filesystems failed".formatted(failed, attempt.filesystems().size()));
    }
    if (!attempt.state().terminal()) {
      ByteCount bytes = ByteCount.ofUnfailed(attempt.filesystems());
      works.add(
          attempt.state() == ReplicationStatus.AttemptState.PLANNING
              ? "plans replication"
              : "replicates" + (bytes.expected() > 0 ? " " + bytes.percent() + "%" : ""));
    } else if (report.finishedAt().isEmpty()
        && report.waitReconnectSince().isPresent()
        && failed + attempt.planError().stream().count() > 0) {
      works.add("waits for the peer");
    }
  }

  private static void pruning(
      String side, Optional<PruningStatus> pruning, List<String> failures, List<String> works) {
    if (pruning.isEmpty()) {
      return;
    }
    PruningStatus report = pruning.get();
    long failed = report.completed().stream().filter(fs -> !fs.lastError().isEmpty()).count();
    if (failed > 0) {
      failures.add("pruning %s: %d filesystems failed".formatted(side, failed));
    } else if (!report.error().isEmpty()) {
      failures.add("pruning %s: %s".formatted(side, firstLine(report.error())));
    } else if (report.state().terminal() && report.state() != PruningStatus.State.DONE) {
      failures.add("pruning %s failed".formatted(side));
    }
    if (!report.state().terminal() && report.state() != PruningStatus.State.UNKNOWN) {
      works.add("prunes " + side);
    }
  }

  private static void snapshotting(
      Optional<SnapshottingStatus> status, List<String> failures, List<String> works) {
    if (status.isEmpty()) {
      return;
    }
    String error = Snapshots.error(status.get());
    long failed =
        status.get().filesystems().stream()
            .filter(fs -> fs.state() == SnapshottingStatus.FilesystemState.ERROR)
            .count();
    if (failed > 0) {
      failures.add("%d snapshots failed".formatted(failed));
    } else if (!error.isEmpty()) {
      failures.add("snapshots: " + firstLine(error));
    }
    if (Snapshots.running(status.get())) {
      works.add("takes snapshots");
    }
  }

  /** A text as one line. */
  static String firstLine(String text) {
    return text.strip().lines().findFirst().orElse("");
  }
}
