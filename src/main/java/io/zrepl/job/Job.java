package io.zrepl.job;

import io.zrepl.model.JobId;

/** A job of the daemon. */
public sealed interface Job permits PushJob, PullJob, SinkJob, SourceJob, SnapJob, UnusableJob {

  /** Its name. */
  JobId id();

  /**
   * Does the job's work until interrupted, or until what runs has ended after {@link #finish}; then
   * nothing of it runs any more. Called once, by a thread of its own.
   */
  void run() throws InterruptedException;

  /** What it does and did. May be called by any thread; never waits. */
  JobReport report();

  /**
   * Lets it run once as soon as it is idle. May be called by any thread.
   *
   * @throws SignalRefusedException if this kind of job does not run by itself
   */
  void wakeup() throws SignalRefusedException;

  /**
   * Takes snapshots as soon as possible, whenever the next ones are due, and lets the job run after
   * them. May be called by any thread; does not wait.
   *
   * @throws SignalRefusedException if this kind of job takes no snapshots
   */
  default void snapshot() throws SignalRefusedException {
    throw new SignalRefusedException("job \"%s\" takes no snapshots".formatted(id()));
  }

  /**
   * Lets it prune once as soon as it is idle, without replicating. May be called by any thread;
   * does not wait.
   *
   * @throws SignalRefusedException if this kind of job does not prune
   */
  default void prune() throws SignalRefusedException {
    throw new SignalRefusedException("job \"%s\" does not prune".formatted(id()));
  }

  /**
   * Lets {@link #run} return when the steps that run have ended: transfers, destroying, a round of
   * snapshots with its hooks. New ones are not begun. May be called by any thread; does not wait.
   *
   * @return false if {@link #run} goes on for the sake of others, until it is interrupted
   */
  default boolean finish() {
    return false;
  }

  /**
   * Waits, after {@link #finish} that returned false, until no step runs: of its own, or of a
   * client on another machine.
   */
  default void awaitSteps() throws InterruptedException {}

  /**
   * Ends the running invocation; what it transferred can be resumed. May be called by any thread.
   *
   * @throws SignalRefusedException if it is idle, or this kind of job does not run by itself
   */
  void reset() throws SignalRefusedException;
}
