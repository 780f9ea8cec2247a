package io.zrepl.job;

import io.zrepl.base.TaskGroup;
import io.zrepl.model.JobId;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.RunLimits;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The invocations of an active job, one after the other.
 *
 * <pre>
 * state    event                                   next
 * idle     woken: snapshots taken, interval over,  running: replicate, prune sender, prune receiver
 *          signal, retry
 * idle     asked to prune, and for nothing more    running: prune sender, prune receiver
 * running  woken                                   remembered: runs again afterwards; if by a signal,
 *                                                  waits within the replication end at once
 * running  invocation over, a failure may pass     idle, and woken after the retry delay to do the
 *                                                  same again: pruning alone stays pruning alone
 * idle     reset while such a delay runs           idle, without being woken
 * running  invocation over otherwise               idle
 * running  reset                                   idle, once everything it started has ended
 * any      interrupted                             ended, likewise
 * </pre>
 */
final class InvocationLoop {
  private final JobId job;
  private final Supplier<Sides> connector;
  private final ReplicationSettings replication;
  private final PruningSettings pruning;
  private final Clock clock;
  private final RetryDelay retryDelay;
  private final RunLimits limits;
  private final JobObservers observers;
  private final Wakeup wakeup = new Wakeup();
  // Whether somebody wants only pruning, and whether somebody wants all; set before the wakeup.
  private final AtomicBoolean pruningWanted = new AtomicBoolean();
  private final AtomicBoolean allWanted = new AtomicBoolean();
  private final Logger log;

  // Written by the job's thread, read by any.
  private volatile Progress progress =
      new Progress(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * How far the job is.
   *
   * @param invocation the current or last one
   * @param replication that of the current or last invocation that replicates: pruning on request
   *     does not hide what became of it
   * @param retryAt while the job waits to try again, until when
   * @param problem how a fault of the program ended the last invocation
   */
  record Progress(
      Optional<Invocation> invocation,
      Optional<Replication> replication,
      Optional<Instant> retryAt,
      Optional<String> problem) {
    Progress waitingUntil(Optional<Instant> when) {
      return new Progress(invocation, replication, when, problem);
    }

    Progress endedBy(Throwable defect) {
      return new Progress(invocation, replication, Optional.empty(), Optional.of(told(defect)));
    }

    Progress running(Invocation next) {
      return new Progress(
          Optional.of(next),
          next.replication().or(() -> replication),
          Optional.empty(),
          Optional.empty());
    }
  }

  // The thread of the running invocation; guarded by this.
  private @Nullable TaskGroup running;

  /**
   * Prepares the loop.
   *
   * @param connector makes the two sides of each invocation, without connecting yet
   * @param retryDelay how soon the job tries again by itself after a failure that may pass
   * @param limits how patient a replication is within one invocation
   * @param observers are told what is worth counting
   * @param log the job's
   */
  InvocationLoop(
      JobId job,
      Supplier<Sides> connector,
      ReplicationSettings replication,
      PruningSettings pruning,
      Clock clock,
      RetryDelay retryDelay,
      RunLimits limits,
      JobObservers observers,
      Logger log) {
    this.job = job;
    this.connector = connector;
    this.replication = replication;
    this.pruning = pruning;
    this.clock = clock;
    this.retryDelay = retryDelay;
    this.limits = limits;
    this.observers = observers;
    this.log = log;
  }

  /** What an invocation that is tried again has to make up for. */
  private enum Owed {
    NOTHING,
    PRUNING,
    ALL
  }

  /** Runs invocations whenever woken, until interrupted. */
  void run() throws InterruptedException {
    int failures = 0;
    Owed owed = Owed.NOTHING;
    while (true) {
      if (!awaitWakeup(failures)) {
        owed = Owed.NOTHING;
      }
      Invocation current = next(owed);
      Outcome outcome = invoke(current);
      boolean again = outcome == Outcome.FAILED_MAY_PASS;
      failures = again ? failures + 1 : 0;
      owed = !again ? Owed.NOTHING : current.replication().isPresent() ? Owed.ALL : Owed.PRUNING;
    }
  }

  /** Whether what is owed still is: false after a reset. */
  private boolean awaitWakeup(int failures) throws InterruptedException {
    if (failures == 0) {
      wakeup.await();
      return true;
    }
    Duration delay = retryDelay.after(failures);
    progress = progress.waitingUntil(Optional.of(clock.instant().plus(delay)));
    log.atWarn()
        .addKeyValue("delay", delay)
        .log("the invocation failed; it is tried again by itself");
    Wakeup.End end = wakeup.await(delay);
    boolean cancelled;
    synchronized (this) { // a reset that saw the wait is not lost, even if it comes at its very end
      progress = progress.waitingUntil(Optional.empty());
      cancelled = wakeup.takeCancellation();
    }
    if (cancelled && end != Wakeup.End.RAISED) {
      wakeup.await();
    }
    return !cancelled;
  }

  /** How an invocation ended. */
  private enum Outcome {
    DONE,
    FAILED,
    FAILED_MAY_PASS,
    RESET
  }

  /**
   * The invocation that is due.
   *
   * @param owed what failed before, unless it is done together with more
   */
  private Invocation next(Owed owed) {
    // In this order: who wants all between the two calls gets it, if need be once more.
    boolean prune = pruningWanted.getAndSet(false) || owed == Owed.PRUNING;
    boolean all = allWanted.getAndSet(false) || owed == Owed.ALL;
    return new Invocation(
        job, connector.get(), replication, pruning, prune && !all, limits, observers, clock);
  }

  /** Runs one invocation on a thread of its own, which {@link #reset} can interrupt. */
  private Outcome invoke(Invocation current) throws InterruptedException {
    try (Sides _ = current.sides()) {
      return invokeConnected(current);
    }
  }

  private Outcome invokeConnected(Invocation current) throws InterruptedException {
    progress = progress.running(current);
    AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();
    try (TaskGroup group = new TaskGroup(job.toString())) {
      synchronized (this) {
        running = group;
        group.fork("invocation", () -> runAndNote(current, defect));
      }
      group.await();
    } finally {
      synchronized (this) {
        running = null;
      }
    }
    Throwable cause = defect.get();
    if (cause != null) {
      log.atError()
          .setCause(cause)
          .log("the invocation ended by a fault of the program; please report this");
      progress = progress.endedBy(cause);
      return Outcome.FAILED_MAY_PASS;
    }
    if (!current.completed()) {
      log.atWarn().log("invocation was reset");
      return Outcome.RESET;
    }
    if (current.succeeded()) {
      return Outcome.DONE;
    }
    return current.failureMayPass() ? Outcome.FAILED_MAY_PASS : Outcome.FAILED;
  }

  private static void runAndNote(Invocation invocation, AtomicReference<@Nullable Throwable> defect)
      throws InterruptedException {
    try {
      invocation.run();
    } catch (RuntimeException | Error e) {
      defect.set(e);
    }
  }

  private static String told(Throwable defect) {
    return "the last invocation ended by a fault of the program: " + defect;
  }

  /** How far the job is. */
  Progress progress() {
    return progress;
  }

  /** Lets it run once as soon as it is idle. */
  void raise() {
    allWanted.set(true);
    wakeup.raise();
  }

  /** Likewise, and ends the waits within the running invocation. */
  void wakeup() {
    allWanted.set(true);
    // In this order: an invocation that has just ended its waits is followed by another one.
    wakeup.raise();
    progress.invocation().ifPresent(Invocation::wakeUp);
  }

  /** Lets it prune once as soon as it is idle; as part of a whole invocation if one is due. */
  void prune() {
    pruningWanted.set(true);
    wakeup.raise();
  }

  /** As {@link Job#reset}. */
  synchronized void reset() throws SignalRefusedException {
    TaskGroup group = running;
    if (group == null && progress.retryAt().isPresent()) {
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
