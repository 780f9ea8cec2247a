package io.zrepl.cli;

import io.zrepl.cli.status.JobSummary;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.SnapshottingStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from looks at a job how far the run is that was asked for at a time. Touches neither
 * time nor daemon. For one thread.
 *
 * <p>The run is the first one that begins after it was asked for, or after the snapshots of it are
 * taken: one that was running before may not have seen what the user wants to be replicated. Those
 * that were there before are known by their beginning, which a clock that is set back does not
 * change.
 */
final class RunProgress {
  /**
   * Phases follow each other at once, and an idle job begins at once; if nothing does for so long,
   * the run was reset, or the request for it lost.
   */
  static final Duration GAP = Duration.ofSeconds(15);

  private static final String NOTHING_SELECTED =
      "nothing was done: the job's filter matches no filesystem; see zrepl test filesystems";

  /** How far it is. */
  enum State {
    /** Another one is still running, or the daemon has not begun yet. */
    NOT_BEGUN,
    /** It runs. */
    RUNNING,
    /** All phases, and the snapshots before them, ended without any failure. */
    SUCCEEDED,
    /** It ended; something failed. */
    FAILED,
    /** It was reset, or the daemon was restarted. */
    LOST
  }

  /**
   * One look.
   *
   * @param state how far it is
   * @param text for people
   */
  record Look(State state, String text) {}

  // whether the round of snapshots has not ended yet
  private boolean snapshotting;
  private boolean snapshotsFailed;
  private boolean wakeupWanted;
  // whether snapshots of the round were still being taken when it ended
  private boolean late;
  // beginnings of what is not the run
  private final Set<Instant> others = new HashSet<>();
  private final Optional<Instant> otherRound;
  private @Nullable Instant begun;
  private Optional<Instant> gapSince = Optional.empty();

  /**
   * Begins with nothing seen.
   *
   * @param snapshots whether a round of snapshots was asked for, after which the rest follows
   * @param before the job before it was asked; null if the daemon did not have it
   */
  RunProgress(boolean snapshots, @Nullable JobStatus before) {
    startOf(before).ifPresent(others::add);
    this.otherRound =
        snapshotting(before)
            .flatMap(SnapshottingStatus::round)
            .map(SnapshottingStatus.Round::begunAt);
    this.snapshotting = snapshots;
  }

  /**
   * Whether the job is to be woken up, which is to be done once: after a round that failed as a
   * whole it does not go on by itself.
   */
  boolean takeWakeupWanted() {
    boolean wanted = wakeupWanted;
    wakeupWanted = false;
    return wanted;
  }

  /** Looks at the job; null if the daemon does not have it (any more). */
  Look look(@Nullable JobStatus job, Instant now) {
    if (snapshotting && job != null) {
      Optional<Look> look = snapshots(job, now);
      if (look.isPresent()) {
        return look.get();
      }
    }
    return switch (job) {
      case null -> new Look(State.LOST, "the daemon has no such job any more");
      case JobStatus.Active active -> active(active, now);
      case JobStatus.Snap snap -> snap(snap, now);
      case JobStatus.Passive _, JobStatus.Internal _, JobStatus.Unknown _ ->
          new Look(State.LOST, "such a job does not run by itself");
    };
  }

  /** Empty once the round is over. */
  private Optional<Look> snapshots(JobStatus job, Instant now) {
    Optional<SnapshottingStatus> snapshots = snapshotting(job);
    if (snapshots.isEmpty()) {
      return Optional.of(new Look(State.LOST, "the job takes no snapshots any more"));
    }
    Optional<SnapshottingStatus.Round> round =
        snapshots.get().round().filter(each -> !otherRound.equals(Optional.of(each.begunAt())));
    if (round.isEmpty()) {
      boolean earlierRuns =
          snapshots.get().round().filter(each -> each.endedAt().isEmpty()).isPresent();
      return Optional.of(
          notBegun(!earlierRuns, now, "waits until snapshots can be taken: " + summary(job)));
    }
    gapSince = Optional.empty();
    List<SnapshottingStatus.Filesystem> filesystems = snapshots.get().filesystems();
    long done =
        filesystems.stream()
            .filter(each -> each.state() == SnapshottingStatus.FilesystemState.DONE)
            .count();
    boolean underWay = round.get().error().isEmpty() && isUnderWay(filesystems);
    late |= round.get().endedAt().isPresent() && underWay;
    if (round.get().endedAt().isEmpty() || underWay) {
      return Optional.of(
          new Look(
              State.RUNNING,
              filesystems.isEmpty()
                  ? "takes snapshots"
                  : "takes snapshots: %d of %d".formatted(done, filesystems.size())));
    }
    snapshotting = false;
    wakeupWanted = !round.get().error().isEmpty();
    snapshotsFailed = wakeupWanted || done < filesystems.size();
    Instant taken = round.get().endedAt().get();
    Optional<Instant> current = startOf(job);
    if (current.filter(start -> (late || start.isBefore(taken)) && others.add(start)).isPresent()) {
      wakeupWanted = true; // it began before all were taken: one more is to follow
    }
    return Optional.empty();
  }

  /** A round does not wait for what takes too long: such snapshots may be taken after its end. */
  private static boolean isUnderWay(List<SnapshottingStatus.Filesystem> filesystems) {
    return filesystems.stream()
        .map(SnapshottingStatus.Filesystem::state)
        .anyMatch(state ->
            state == SnapshottingStatus.FilesystemState.PENDING
                || state == SnapshottingStatus.FilesystemState.STARTED);
  }

  /** While nothing of the run can be seen, and nothing else that would hold it up. */
  private Look notBegun(boolean idle, Instant now, String text) {
    if (!idle) {
      gapSince = Optional.empty();
    } else if (gapSince.isEmpty()) {
      gapSince = Optional.of(now);
    } else if (gapSince.get().plus(GAP).isBefore(now)) {
      return new Look(
          State.LOST,
          "does not begin although the job is idle: it was paused or changed, or the daemon restarted, after the run was asked for; "
              + text);
    }
    return new Look(State.NOT_BEGUN, text);
  }

  private static Optional<SnapshottingStatus> snapshotting(@Nullable JobStatus job) {
    return switch (job) {
      case JobStatus.Active active -> active.snapshotting();
      case JobStatus.Snap snap -> snap.snapshotting();
      case null, default -> Optional.empty();
    };
  }

  private static Optional<Instant> startOf(@Nullable JobStatus job) {
    return switch (job) {
      case JobStatus.Active active -> active.replication().flatMap(ReplicationStatus::startedAt);
      case JobStatus.Snap snap -> snap.pruning().flatMap(PruningStatus::startedAt);
      case null, default -> Optional.empty();
    };
  }

  private Look active(JobStatus.Active job, Instant now) {
    Optional<Instant> start = startOf(job);
    if (isOurs(start)) {
      begin(start.get());
    } else {
      boolean idle =
          job.replication().filter(each -> each.finishedAt().isEmpty()).isEmpty()
              && !runs(job.pruningSender())
              && !runs(job.pruningReceiver());
      return notOurs(job, job.lastEnded(), idle, now);
    }
    ReplicationStatus replication = job.replication().orElseThrow();
    if (replication.finishedAt().isEmpty()) {
      return new Look(State.RUNNING, summary(job));
    }
    boolean ended = ended(job.pruningSender()) && ended(job.pruningReceiver());
    if (ended) {
      Optional<ReplicationStatus.Attempt> last =
          replication.attempts().stream()
              .reduce((_, later) -> later)
              .filter(each -> each.state() == ReplicationStatus.AttemptState.DONE);
      if (last.filter(each -> each.filesystems().isEmpty()).isPresent()) {
        return new Look(State.FAILED, NOTHING_SELECTED);
      }
      boolean good =
          !snapshotsFailed
              && last.isPresent()
              && done(job.pruningSender())
              && done(job.pruningReceiver());
      return new Look(good ? State.SUCCEEDED : State.FAILED, summary(job));
    }
    boolean between =
        job.pruningSender().isEmpty()
            || (ended(job.pruningSender()) && job.pruningReceiver().isEmpty());
    if (!between) {
      gapSince = Optional.empty();
    } else if (gapSince.isEmpty()) {
      gapSince = Optional.of(now);
    } else if (gapSince.get().plus(GAP).isBefore(now)) {
      return new Look(State.LOST, "the run was reset before it pruned");
    }
    return new Look(State.RUNNING, summary(job));
  }

  private Look snap(JobStatus.Snap job, Instant now) {
    Optional<Instant> start = startOf(job);
    if (!isOurs(start)) {
      return notOurs(job, job.lastEnded(), !runs(job.pruning()), now);
    }
    begin(start.get());
    if (!ended(job.pruning())) {
      return new Look(State.RUNNING, summary(job));
    }
    PruningStatus pruning = job.pruning().orElseThrow();
    if (done(job.pruning()) && pruning.pending().isEmpty() && pruning.completed().isEmpty()) {
      return new Look(State.FAILED, NOTHING_SELECTED);
    }
    return new Look(
        done(job.pruning()) && !snapshotsFailed ? State.SUCCEEDED : State.FAILED, summary(job));
  }

  private boolean isOurs(Optional<Instant> start) {
    return start.isPresent()
        && (begun == null ? !others.contains(start.get()) : start.get().equals(begun));
  }

  private void begin(Instant start) {
    if (begun == null) {
      gapSince = Optional.empty();
    }
    begun = start;
  }

  private Look notOurs(
      JobStatus job, Optional<JobStatus.EndedRun> lastEnded, boolean idle, Instant now) {
    if (begun == null) {
      return notBegun(idle, now, "waits until the job is idle: " + summary(job));
    }
    Optional<JobStatus.EndedRun> ours = lastEnded.filter(run -> run.startedAt().equals(begun));
    if (ours.isPresent()) {
      return ours.get().succeeded() && !snapshotsFailed
          ? new Look(State.SUCCEEDED, "done; the next run has begun already")
          : new Look(
              State.FAILED, "failed; the next run has begun already, and the reason is in the log");
    }
    return new Look(
        State.LOST,
        "another run has begun, or the daemon was restarted, before it was seen how this one ended");
  }

  private static boolean runs(Optional<PruningStatus> pruning) {
    return pruning.isPresent() && !ended(pruning);
  }

  private static boolean ended(Optional<PruningStatus> pruning) {
    return pruning.isPresent()
        && (pruning.get().finishedAt().isPresent() || pruning.get().state().terminal());
  }

  private static boolean done(Optional<PruningStatus> pruning) {
    return pruning.filter(report -> report.state() == PruningStatus.State.DONE).isPresent();
  }

  private static String summary(JobStatus job) {
    return JobSummary.of(job).text();
  }
}
