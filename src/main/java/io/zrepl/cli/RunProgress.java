package io.zrepl.cli;

import io.zrepl.cli.status.JobSummary;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from looks at a job how far the run is that was asked for at a time. Touches neither
 * time nor daemon. For one thread.
 *
 * <p>The run is the first one that begins after it was asked for: one that was running before may
 * not have seen what the user wants to be replicated.
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
    /** All phases ended without any failure. */
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
  private @Nullable Instant begun;
  private Optional<Instant> gapSince = Optional.empty();

  RunProgress(Instant asked) {
    this.asked = asked;
  }

  /** Looks at the job; null if the daemon does not have it (any more). */
  Look look(@Nullable JobStatus job, Instant now) {
    return switch (job) {
      case null -> new Look(State.LOST, "the daemon has no such job any more");
      case JobStatus.Active active -> active(active, now);
      case JobStatus.Snap snap -> snap(snap);
      case JobStatus.Passive _, JobStatus.Internal _, JobStatus.Unknown _ ->
          new Look(State.LOST, "such a job does not run by itself");
    };
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
          !replication.attempts().isEmpty()
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
    return new Look(done(job.pruning()) ? State.SUCCEEDED : State.FAILED, summary(job));
  }

  private boolean isOurs(Optional<Instant> start) {
    return start.isPresent()
        && (begun == null ? !start.get().isBefore(asked) : start.get().equals(begun));
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
