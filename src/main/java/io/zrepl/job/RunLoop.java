package io.zrepl.job;

import io.zrepl.base.TaskGroup;
import io.zrepl.model.JobId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Runs something whenever a job is woken, one run after the other.
 *
 * <pre>
 * state    event                                   next
 * idle     woken                                   running
 * running  woken                                   remembered: runs again afterwards
 * running  over, a failure may pass, or            idle, and woken after the retry delay
 *          a fault of the program
 * idle     reset while such a delay runs           idle, without being woken; nothing is owed
 * running  over otherwise                          idle
 * running  reset                                   idle, once everything it started has ended
 * any      interrupted                             ended, likewise
 * any      told to finish                          ended, once what runs has ended by itself
 * </pre>
 */
final class RunLoop {
  /** How a run ended. */
  enum Outcome {
    DONE,
    FAILED,
    FAILED_MAY_PASS,
    RESET
  }

  /** What is run. */
  interface Body {
    /**
     * Runs once, on the job's thread.
     *
     * @param owed whether the last run failed in something that may pass, so that this one makes up
     *     for it
     * @throws InterruptedException when interrupted
     */
    Outcome run(boolean owed) throws InterruptedException;
  }

  private final JobId job;
  private final String what;
  private final Clock clock;
  private final RetryDelay retryDelay;
  private final Wakeup wakeup = new Wakeup();
  private final Logger log;

  // Written by the job's thread, read by any.
  private volatile Optional<Instant> retryAt = Optional.empty();
  private volatile Optional<String> problem = Optional.empty();

  // Set by any thread.
  private volatile boolean finishing;

  // The thread that a reset interrupts; guarded by this.
  private @Nullable TaskGroup running;

  /**
   * Prepares the loop.
   *
   * @param what what is run, for messages, for example "the invocation"
   * @param retryDelay how soon it runs again by itself after a failure that may pass
   * @param log the job's
   */
  RunLoop(JobId job, String what, Clock clock, RetryDelay retryDelay, Logger log) {
    this.job = job;
    this.what = what;
    this.clock = clock;
    this.retryDelay = retryDelay;
    this.log = log;
  }

  /** Runs whenever woken, until interrupted or told to finish. */
  void run(Body body) throws InterruptedException {
    int failures = 0;
    while (true) {
      boolean owed = awaitWakeup(failures);
      if (finishing) {
        return;
      }
      problem =
          owed
              ? Optional.of(
                  "%s failed in something that may pass; it is being tried again".formatted(what))
              : Optional.empty();
      Outcome outcome;
      try {
        outcome = body.run(owed);
        problem = Optional.empty();
      } catch (RuntimeException | Error e) {
        note(e);
        outcome = Outcome.FAILED_MAY_PASS;
      }
      failures = outcome == Outcome.FAILED_MAY_PASS ? (owed ? failures : 0) + 1 : 0;
    }
  }

  private void note(Throwable defect) {
    log.atError()
        .setCause(defect)
        .log("{} ended by a fault of the program; please report this", what);
    problem = Optional.of("%s ended by a fault of the program: %s".formatted(what, defect));
  }

  /** Whether the run that comes makes up for one that failed. */
  private boolean awaitWakeup(int failures) throws InterruptedException {
    if (failures == 0) {
      wakeup.await();
      return false;
    }
    Duration delay = retryDelay.after(failures);
    retryAt = Optional.of(clock.instant().plus(delay));
    log.atWarn().addKeyValue("delay", delay).log("{} failed; it is tried again by itself", what);
    Wakeup.End end = wakeup.await(delay);
    boolean cancelled;
    synchronized (this) { // a reset that saw the wait is not lost, even if it comes at its very end
      retryAt = Optional.empty();
      cancelled = wakeup.takeCancellation();
    }
    if (cancelled && end != Wakeup.End.RAISED) {
      wakeup.await();
    }
    return !cancelled;
  }

  /**
   * Does something on a thread of its own, which {@link #reset} can interrupt; returns when it and
   * all that it started has ended.
   *
   * @throws RuntimeException or Error that it ended with
   */
  void resettable(String thread, TaskGroup.Task task) throws InterruptedException {
    AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();
    try (TaskGroup group = new TaskGroup(job.toString())) {
      synchronized (this) {
        running = group;
        group.fork(thread, () -> runAndNote(task, defect));
      }
      group.await();
    } finally {
      synchronized (this) {
        running = null;
      }
    }
    switch (defect.get()) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }

  private static void runAndNote(TaskGroup.Task task, AtomicReference<@Nullable Throwable> defect)
      throws InterruptedException {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      defect.set(e);
    }
  }

  /** While it waits to try again, until when. */
  Optional<Instant> retryAt() {
    return retryAt;
  }

  /** The fault of the program that ended the last run; or what failed before this one. */
  Optional<String> problem() {
    return problem;
  }

  /** Lets it run once as soon as it is idle. */
  void raise() {
    wakeup.raise();
  }

  /** Lets no run begin any more, and {@link #run} return; any thread, does not wait. */
  void finish() {
    finishing = true;
    wakeup.raise();
  }

  /** Whether {@link #finish} was called. */
  boolean isFinishing() {
    return finishing;
  }

  /** As {@link Job#reset}. */
  synchronized void reset() throws SignalRefusedException {
    TaskGroup group = running;
    if (group == null && retryAt.isPresent()) {
      wakeup.cancelWait();
      return;
    }
    if (group == null) {
      throw new SignalRefusedException(
          "job \"%s\" is idle: there is nothing to reset".formatted(job));
    }
    group.cancel();
  }
}
