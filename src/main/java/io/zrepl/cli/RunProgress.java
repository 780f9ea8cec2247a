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
  /** Phases follow each other at once; without the next one after so long, the run was reset. */
  static final Duration GAP = Duration.ofSeconds(15);

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
      Optional<Look> look = snapshots(job);
      if (look.isPresent()) {
        return look.get();
      }
    }
    return switch (job) {
      case null -> new Look(State.LOST, "the daemon has no such job any more");
      case JobStatus.Active active -> active(active, now);
      case JobStatus.Snap snap -> snap(snap);
      case JobStatus.Passive _, JobStatus.Internal _, JobStatus.Unknown _ ->
          new Look(State.LOST, "such a job does not run by itself");
    };
  }

  /** Empty once the round is over. */
  private Optional<Look> snapshots(JobStatus job) {
    Optional<SnapshottingStatus> snapshots = snapshotting(job);
    if (snapshots.isEmpty()) {
      return Optional.of(new Look(State.LOST, "the job takes no snapshots any more"));
    }
    Optional<SnapshottingStatus.Round> round =
        snapshots.get().round().filter(each -> !otherRound.equals(Optional.of(each.begunAt())));
    if (round.isEmpty()) {
      return Optional.of(
          new Look(State.NOT_BEGUN, "waits until snapshots can be taken: " + summary(job)));
    }
    List<SnapshottingStatus.Filesystem> filesystems = snapshots.get().filesystems();
    long done =
        filesystems.stream()
            .filter(each -> each.state() == SnapshottingStatus.FilesystemState.DONE)
            .count();
    if (round.get().endedAt().isEmpty()) {
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
    if (current.filter(start -> start.isBefore(taken) && others.add(start)).isPresent()) {
      wakeupWanted = true; // it began during the round: one more is to follow
    }
    return Optional.empty();
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
      begun = start.get();
    } else {
      return notOurs(job);
    }
    ReplicationStatus replication = job.replication().orElseThrow();
    if (job.problem().isPresent()
        && !job.problem().get().text().isEmpty()
        && replication.finishedAt().isEmpty()) {
      return new Look(State.FAILED, summary(job));
    }
    if (replication.finishedAt().isEmpty()) {
      return new Look(State.RUNNING, summary(job));
    }
    boolean ended = ended(job.pruningSender()) && ended(job.pruningReceiver());
    if (ended) {
      boolean good =
          !snapshotsFailed
              && !replication.attempts().isEmpty()
              && replication.attempts().getLast().state() == ReplicationStatus.AttemptState.DONE
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

  private Look snap(JobStatus.Snap job) {
    Optional<Instant> start = startOf(job);
    if (!isOurs(start)) {
      return notOurs(job);
    }
    begun = start.get();
    if (!ended(job.pruning())) {
      return new Look(State.RUNNING, summary(job));
    }
    return new Look(
        done(job.pruning()) && !snapshotsFailed ? State.SUCCEEDED : State.FAILED, summary(job));
  }

  private boolean isOurs(Optional<Instant> start) {
    return start.isPresent()
        && (begun == null ? !others.contains(start.get()) : start.get().equals(begun));
  }

  private Look notOurs(JobStatus job) {
    return begun != null
        ? new Look(
            State.LOST,
            "another run has begun, or the daemon was restarted, before it was seen how this one ended")
        : new Look(State.NOT_BEGUN, "waits until the job is idle: " + summary(job));
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
