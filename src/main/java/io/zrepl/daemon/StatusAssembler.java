package io.zrepl.daemon;

import io.zrepl.control.DaemonStatus;
import io.zrepl.control.ErrorStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.SnapshottingStatus;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.job.EndedRun;
import io.zrepl.job.Job;
import io.zrepl.job.JobReport;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.PrunerReport;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.ReconnectReport;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.report.ReportedError;
import io.zrepl.replicate.report.StepReport;
import io.zrepl.snapshot.SnapshotterReport;
import io.zrepl.zfs.RunningCommand;
import io.zrepl.zfs.StuckProcess;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.RandomAccess;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** From the reports of the jobs to the status of the daemon. Pure; any thread may call. */
final class StatusAssembler {
  private StatusAssembler() {}

  /**
   * The status.
   *
   * @param ended jobs that a fault of the program ended, with what to tell
   */
  static DaemonStatus status(
      List<Job> jobs,
      Map<JobId, String> ended,
      List<RunningCommand> running,
      List<StuckProcess> stuck) {
    TreeMap<String, JobStatus> byName = new TreeMap<>();
    byName.put("_control", new JobStatus.Internal());
    for (Job job : jobs) {
      byName.put(job.id().toString(), job(job.report(), Optional.ofNullable(ended.get(job.id()))));
    }
    return new DaemonStatus(
        byName,
        new DaemonStatus.Global(
            Stream.concat(
                    running.stream().map(command -> command(command, Optional.empty())),
                    stuck.stream()
                        .map(child -> command(child.command(), Optional.of(child.killedAt()))))
                .toList(),
            List.of()));
  }

  private static DaemonStatus.Command command(RunningCommand command, Optional<Instant> killedAt) {
    return new DaemonStatus.Command(
        command.path(),
        command.arguments().subList(1, command.arguments().size()),
        command.startedAt(),
        OptionalLong.of(command.pid()),
        killedAt);
  }

  /**
   * The status of a job.
   *
   * @param ended what to tell if a fault of the program ended it
   */
  static JobStatus job(JobReport report, Optional<String> ended) {
    return switch (report) {
      case JobReport.Push push ->
          new JobStatus.Active(
              JobStatus.ActiveType.PUSH,
              push.replication().map(StatusAssembler::replication),
              push.pruningSender().map(StatusAssembler::pruning),
              push.pruningReceiver().map(StatusAssembler::pruning),
              Optional.of(snapshotting(push.snapshotting())),
              ended
                  .or(push::problem)
                  .or(() -> push.retryAt().map(StatusAssembler::willTryAgain))
                  .map(StatusAssembler::problem),
              push.replication().map(StatusAssembler::receiverOnly).orElse(List.of()),
              replicas(push.replicas()),
              push.lastEnded().map(StatusAssembler::lastEnded));
      case JobReport.Snap snap ->
          new JobStatus.Snap(
              snap.pruning().map(StatusAssembler::pruning),
              Optional.of(snapshotting(snap.snapshotting())),
              ended
                  .or(snap::problem)
                  .or(() -> snap.retryAt().map(StatusAssembler::willTryAgain))
                  .map(StatusAssembler::problem),
              snap.lastEnded().map(StatusAssembler::lastEnded));
      case JobReport.Pull pull ->
          new JobStatus.Active(
              JobStatus.ActiveType.PULL,
              pull.replication().map(StatusAssembler::replication),
              pull.pruningSender().map(StatusAssembler::pruning),
              pull.pruningReceiver().map(StatusAssembler::pruning),
              Optional.empty(),
              ended
                  .or(pull::problem)
                  .or(() -> pull.retryAt().map(StatusAssembler::willTryAgain))
                  .map(StatusAssembler::problem),
              pull.replication().map(StatusAssembler::receiverOnly).orElse(List.of()),
              replicas(pull.replicas()),
              pull.lastEnded().map(StatusAssembler::lastEnded));
      case JobReport.Source source ->
          new JobStatus.Passive(
              JobStatus.PassiveType.SOURCE,
              Optional.of(snapshotting(source.snapshotting())),
              ended.or(source::problem).map(StatusAssembler::problem));
      case JobReport.Passive passive ->
          new JobStatus.Passive(
              JobStatus.PassiveType.SINK,
              Optional.empty(),
              ended.or(passive::problem).map(StatusAssembler::problem));
    };
  }

  private static JobStatus.EndedRun lastEnded(EndedRun run) {
    return new JobStatus.EndedRun(run.startedAt(), run.succeeded());
  }

  private static String willTryAgain(Instant when) {
    return "the last invocation failed in something that may pass; the job tries again by itself at "
        + when.truncatedTo(ChronoUnit.SECONDS);
  }

  private static ErrorStatus problem(String text) {
    return new ErrorStatus(text, Optional.empty(), Optional.empty());
  }

  private static ErrorStatus error(ReportedError error, Optional<Instant> retryAt) {
    String advice =
        Stream.concat(
                error.advice().stream(),
                retryAt.stream()
                    .map(when -> "it is tried again at " + when.truncatedTo(ChronoUnit.SECONDS)))
            .collect(Collectors.joining("; "));
    return new ErrorStatus(
        error.message(),
        Optional.of(error.time()),
        advice.isEmpty() ? Optional.empty() : Optional.of(advice));
  }

  private static ErrorStatus error(ReportedError error) {
    return new ErrorStatus(error.message(), Optional.of(error.time()), error.advice());
  }

  private static Map<String, Instant> replicas(Map<DatasetPath, Instant> newest) {
    Map<String, Instant> replicas = new HashMap<>();
    newest.forEach((path, time) -> replicas.put(path.toString(), time));
    return replicas;
  }

  private static List<String> receiverOnly(ReplicationReport report) {
    return report.attempts().isEmpty()
        ? List.of()
        : report.attempts().getLast().onlyOnReceiver().stream().map(DatasetPath::toString).toList();
  }

  private static ReplicationStatus replication(ReplicationReport report) {
    return new ReplicationStatus(
        Optional.of(report.startAt()),
        report.finishAt(),
        report.reconnect().map(ReconnectReport::since),
        report.reconnect().map(ReconnectReport::until),
        report.reconnect().flatMap(ReconnectReport::error).map(StatusAssembler::error),
        report.attempts().stream().map(StatusAssembler::attempt).toList());
  }

  private static ReplicationStatus.Attempt attempt(AttemptReport attempt) {
    return new ReplicationStatus.Attempt(
        switch (attempt.state()) {
          case PLANNING -> ReplicationStatus.AttemptState.PLANNING;
          case PLANNING_ERROR -> ReplicationStatus.AttemptState.PLANNING_ERROR;
          case FAN_OUT_FILESYSTEMS -> ReplicationStatus.AttemptState.FAN_OUT_FILESYSTEMS;
          case FILESYSTEM_ERROR -> ReplicationStatus.AttemptState.FILESYSTEM_ERROR;
          case DONE -> ReplicationStatus.AttemptState.DONE;
        },
        Optional.of(attempt.startAt()),
        attempt.finishAt(),
        attempt.planError().map(StatusAssembler::error),
        attempt.filesystems().stream().map(StatusAssembler::filesystem).toList());
  }

  private static ReplicationStatus.Filesystem filesystem(FilesystemReport filesystem) {
    return new ReplicationStatus.Filesystem(
        filesystem.name().toString(),
        switch (filesystem.state()) {
          case PLANNING -> ReplicationStatus.FilesystemState.PLANNING;
          case PLANNING_ERROR -> ReplicationStatus.FilesystemState.PLANNING_ERROR;
          case STEPPING -> ReplicationStatus.FilesystemState.STEPPING;
          case STEP_ERROR -> ReplicationStatus.FilesystemState.STEP_ERROR;
          case DONE -> ReplicationStatus.FilesystemState.DONE;
        },
        switch (filesystem.blockedOn()) {
          case NOTHING -> ReplicationStatus.BlockedOn.NOTHING;
          case PLAN_QUEUE -> ReplicationStatus.BlockedOn.PLAN_QUEUE;
          case PARENT_INITIAL_REPLICATION -> ReplicationStatus.BlockedOn.PARENT_INITIAL_REPLICATION;
          case STEP_QUEUE -> ReplicationStatus.BlockedOn.REPLICATION_QUEUE;
        },
        filesystem.planError().map(error -> error(error, filesystem.retryAt())),
        filesystem.stepError().map(error -> error(error, filesystem.retryAt())),
        filesystem.estimateError().map(error -> error(error, Optional.empty())),
        filesystem.currentStep(),
        new Lazily<>(filesystem.steps(), StatusAssembler::step));
  }

  /** Parts that are made when somebody looks at them: nobody can hold those of a large fleet. */
  private static final class Lazily<R, T> extends AbstractList<T> implements RandomAccess {
    private final List<R> reports;
    private final Function<R, T> part;

    Lazily(List<R> reports, Function<R, T> part) {
      this.reports = reports;
      this.part = part;
    }

    @Override
    public T get(int index) {
      return part.apply(reports.get(index));
    }

    @Override
    public int size() {
      return reports.size();
    }
  }

  private static ReplicationStatus.Step step(StepReport step) {
    return new ReplicationStatus.Step(
        step.from(),
        step.to(),
        step.resumed(),
        step.bytesExpected().orElse(0),
        step.bytesReplicated());
  }

  private static PruningStatus pruning(PrunerReport report) {
    return new PruningStatus(
        switch (report.phase()) {
          case PLAN -> PruningStatus.State.PLAN;
          case PLAN_ERROR -> PruningStatus.State.PLAN_ERROR;
          case EXECUTE -> PruningStatus.State.EXECUTE;
          case EXECUTE_ERROR -> PruningStatus.State.EXECUTE_ERROR;
          case DONE -> PruningStatus.State.DONE;
        },
        withAdvice(report.error(), report.advice()),
        report.pending().stream().map(StatusAssembler::pruned).toList(),
        report.completed().stream().map(StatusAssembler::pruned).toList(),
        report.startedAt(),
        report.finishedAt());
  }

  private static PruningStatus.Filesystem pruned(PrunerReport.FilesystemReport filesystem) {
    Set<String> inUse =
        filesystem.inUse().stream().map(DestroyResult::snapshotName).collect(Collectors.toSet());
    return new PruningStatus.Filesystem(
        filesystem.filesystem().toString(),
        new Lazily<>(filesystem.snapshotList(), StatusAssembler::prunedSnapshot),
        new Lazily<>(
            inUse.isEmpty()
                ? filesystem.destroyList()
                : filesystem.destroyList().stream()
                    .filter(snapshot -> !inUse.contains(snapshot.name()))
                    .toList(),
            StatusAssembler::prunedSnapshot),
        filesystem.skipReason().map(reason -> reason.text()).orElse(""),
        withAdvice(filesystem.lastError(), filesystem.advice()),
        filesystem.newestSnapshot(),
        filesystem.usedBytes(),
        filesystem.sparedTexts());
  }

  private static PruningStatus.PrunedSnapshot prunedSnapshot(PrunerReport.SnapshotReport snapshot) {
    return new PruningStatus.PrunedSnapshot(
        snapshot.name(), snapshot.replicated(), Optional.of(snapshot.date()));
  }

  private static String withAdvice(String error, Optional<String> advice) {
    return advice.map(text -> error + " (" + text + ")").orElse(error);
  }

  private static SnapshottingStatus snapshotting(SnapshotterReport report) {
    Optional<SnapshottingStatus.Round> round =
        report
            .round()
            .map(
                each -> new SnapshottingStatus.Round(each.begunAt(), each.endedAt(), each.error()));
    return switch (report) {
      case SnapshotterReport.Manual manual ->
          new SnapshottingStatus.Manual(
              manual.running(), manual.error(), snapshotted(manual.progress()), round);
      case SnapshotterReport.Cron cron ->
          new SnapshottingStatus.Cron(
              cron.running(),
              cron.wakeupTime(),
              cron.errors(),
              snapshotted(cron.progress()),
              cron.nextDue(),
              round);
      case SnapshotterReport.Periodic periodic ->
          new SnapshottingStatus.Periodic(
              switch (periodic.state()) {
                case SYNC_UP -> SnapshottingStatus.PeriodicState.SYNC_UP;
                case SYNC_UP_ERROR_WAIT -> SnapshottingStatus.PeriodicState.SYNC_UP_ERROR_WAIT;
                case PLANNING -> SnapshottingStatus.PeriodicState.PLANNING;
                case SNAPSHOTTING -> SnapshottingStatus.PeriodicState.SNAPSHOTTING;
                case WAITING -> SnapshottingStatus.PeriodicState.WAITING;
                case ERROR_WAIT -> SnapshottingStatus.PeriodicState.ERROR_WAIT;
                case STOPPED -> SnapshottingStatus.PeriodicState.STOPPED;
              },
              periodic.sleepUntil(),
              periodic.error(),
              snapshotted(periodic.progress()),
              periodic.nextDue(),
              round);
    };
  }

  private static List<SnapshottingStatus.Filesystem> snapshotted(
      List<SnapshotterReport.FilesystemProgress> progress) {
    return progress.stream().map(StatusAssembler::snapshotted).toList();
  }

  private static SnapshottingStatus.Filesystem snapshotted(
      SnapshotterReport.FilesystemProgress progress) {
    return new SnapshottingStatus.Filesystem(
        progress.path().toString(),
        switch (progress.state()) {
          case PENDING -> SnapshottingStatus.FilesystemState.PENDING;
          case STARTED -> SnapshottingStatus.FilesystemState.STARTED;
          case DONE -> SnapshottingStatus.FilesystemState.DONE;
          case ERROR -> SnapshottingStatus.FilesystemState.ERROR;
        },
        progress.snapshotName(),
        progress.startedAt(),
        progress.hooks(),
        progress.hooksHadError(),
        progress.doneAt(),
        progress.error(),
        progress.last().map(SnapshotterReport.LastSnapshot::name).orElse(""),
        progress.last().map(SnapshotterReport.LastSnapshot::at));
  }
}
