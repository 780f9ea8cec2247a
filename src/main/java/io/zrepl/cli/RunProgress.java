package io.zrepl.cli;

import io.zrepl.cli.status.JobSummary;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.SnapshottingStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from looks at a job how far the run is that was asked for at a time. Touches neither
 * time nor daemon. For one thread.
 *
 * <p>The run is the first one that begins after it was asked for, or after the snapshots of it are
 * taken: one that was running before may not have seen what the user wants to be replicated.
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

  private final Instant asked;
  // whether the round of snapshots has not ended yet
  private boolean snapshotting;
  private boolean snapshotsFailed;
  private boolean wakeupWanted;
  // what begins before is not the run
  private Instant earliest;
  private @Nullable Instant begun;
  private Optional<Instant> gapSince = Optional.empty();

  /**
   * Begins with nothing seen.
   *
   * @param snapshots whether a round of snapshots was asked for, after which the rest follows
   */
  RunProgress(Instant asked, boolean snapshots) {
    this.asked = asked;
    this.earliest = asked;
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
    Optional<SnapshottingStatus> snapshots =
        switch (job) {
          case JobStatus.Active active -> active.snapshotting();
          case JobStatus.Snap snap -> snap.snapshotting();
          case JobStatus.Passive _, JobStatus.Internal _, JobStatus.Unknown _ -> Optional.empty();
        };
    if (snapshots.isEmpty()) {
      return Optional.of(new Look(State.LOST, "the job takes no snapshots any more"));
    }
    Optional<SnapshottingStatus.Round> round =
        snapshots.get().round().filter(each -> !each.begunAt().isBefore(asked));
    if (round.isEmpty()) {
      return Optional.of(
          new Look(State.NOT_BEGUN, "waits until snapshots can be taken: " + summary(job)));
    }
    List<SnapshottingStatus.Filesystem> filesystems = snapshots.get().filesystems();
    long taken =
        filesystems.stream()
            .filter(each -> each.state() == SnapshottingStatus.FilesystemState.DONE)
            .count();
    if (round.get().endedAt().isEmpty()) {
      return Optional.of(
          new Look(
              State.RUNNING,
              filesystems.isEmpty()
                  ? "takes snapshots"
                  : "takes snapshots: %d of %d".formatted(taken, filesystems.size())));
    }
    snapshotting = false;
    wakeupWanted = !round.get().error().isEmpty();
    snapshotsFailed = wakeupWanted || taken < filesystems.size();
    earliest = round.get().endedAt().get();
    return Optional.empty();
  }

  private Look active(JobStatus.Active job, Instant now) {
    Optional<Instant> start = job.replication().flatMap(ReplicationStatus::startedAt);
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
    Optional<Instant> start = job.pruning().flatMap(PruningStatus::startedAt);
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
        && (begun == null ? !start.get().isBefore(earliest) : start.get().equals(begun));
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
