package io.zrepl.job;

import io.zrepl.job.RunLoop.Outcome;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.PrunerReport;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.RunLimits;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * The invocations of an active job, one after the other; {@link RunLoop} says how they follow.
 *
 * <pre>
 * woken by                                         an invocation does
 * snapshots taken, interval over, signal, retry    replicate, prune sender, prune receiver
 * "prune", and nothing more                        prune sender, prune receiver
 * retry of pruning alone, and nothing more         prune sender, prune receiver
 * "wakeup" while one runs                          its waits end at once, and another one follows
 * </pre>
 */
final class InvocationLoop {
  private final JobId job;
  private final Supplier<Sides> connector;
  private final ReplicationSettings replication;
  private final PruningSettings pruning;
  private final Clock clock;
  private final RunLimits limits;
  private final JobObservers observers;
  private final RunLoop loop;
  // Whether somebody wants only pruning, and whether somebody wants all; set before the wakeup.
  private final AtomicBoolean pruningWanted = new AtomicBoolean();
  private final AtomicBoolean allWanted = new AtomicBoolean();
  private final Logger log;

  // Of the job's thread: whether the last one was to do all, not only to prune.
  private boolean lastWasAll;

  // Written by the job's thread, read by any.
  private volatile Optional<Invocation> invocation = Optional.empty();
  private volatile Optional<Replication> lastReplication = Optional.empty();
  private volatile Map<DatasetPath, Instant> replicas = Map.of();
  private volatile Optional<EndedRun> lastEnded = Optional.empty();

  /**
   * How far the job is.
   *
   * @param invocation the current or last one
   * @param replication that of the current or last invocation that replicates: pruning on request
   *     does not hide what became of it
   * @param replicas the newest snapshot of each filesystem of the receiver, as far as the last
   *     invocations came to know
   * @param retryAt while the job waits to try again, until when
   * @param problem how a fault of the program ended the last invocation
   * @param lastEnded the last invocation with a replication that has ended
   */
  record Progress(
      Optional<Invocation> invocation,
      Optional<Replication> replication,
      Map<DatasetPath, Instant> replicas,
      Optional<Instant> retryAt,
      Optional<String> problem,
      Optional<EndedRun> lastEnded) {}

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
    this.limits = limits;
    this.observers = observers;
    this.log = log;
    this.loop = new RunLoop(job, "the last invocation", clock, retryDelay, log);
  }

  /** Runs invocations whenever woken, until interrupted. */
  void run() throws InterruptedException {
    loop.run(this::invoke);
  }

  /**
   * Runs one invocation on a thread of its own, which {@link #reset} can interrupt.
   *
   * @param owed whether it makes up for one that failed, unless it does that together with more
   */
  private Outcome invoke(boolean owed) throws InterruptedException {
    // In this order: who wants all between the two calls gets it, if need be once more.
    boolean prune = pruningWanted.getAndSet(false) || (owed && !lastWasAll);
    boolean all = allWanted.getAndSet(false) || (owed && lastWasAll);
    lastWasAll = all || !prune;
    try (Sides sides = connector.get()) {
      return invoke(
          new Invocation(job, sides, replication, pruning, !lastWasAll, limits, observers, clock));
    }
  }

  private Outcome invoke(Invocation current) throws InterruptedException {
    invocation = Optional.of(current);
    lastReplication = current.replication().or(() -> lastReplication);
    if (loop.isFinishing()) {
      current.finish();
    }
    try {
      loop.resettable("invocation", current::run);
    } finally {
      current
          .replication()
          .map(run -> run.report().startAt())
          .ifPresent(start ->
              lastEnded =
                  Optional.of(new EndedRun(start, current.completed() && current.succeeded())));
    }
    replicas = current.pruningReceiver().map(this::replicas).orElse(replicas);
    observers.replicas().accept(replicas);
    if (!current.completed()) {
      log.atWarn().log("invocation was reset");
      return Outcome.RESET;
    }
    if (current.succeeded()) {
      return Outcome.DONE;
    }
    return current.failureMayPass() ? Outcome.FAILED_MAY_PASS : Outcome.FAILED;
  }

  /** What a pruning of the receiver knows of it, with what was known of those that failed. */
  private Map<DatasetPath, Instant> replicas(PrunerReport report) {
    if (!report.phase().isPlanned()) {
      return replicas;
    }
    Map<DatasetPath, Instant> newest = new HashMap<>();
    Stream.concat(report.pending().stream(), report.completed().stream())
        .filter(filesystem -> filesystem.skipReason().isEmpty())
        .forEach(filesystem -> {
          DatasetPath path = filesystem.filesystem();
          if (!filesystem.snapshotList().isEmpty()) {
            newest.put(path, filesystem.snapshotList().getLast().date());
          } else if (!filesystem.lastError().isEmpty() && replicas.containsKey(path)) {
            newest.put(path, Objects.requireNonNull(replicas.get(path)));
          }
        });
    return Map.copyOf(newest);
  }

  /** How far the job is. */
  Progress progress() {
    // First, so that a run that seems to go on below has not ended here.
    Optional<EndedRun> ended = lastEnded;
    return new Progress(
        invocation, lastReplication, replicas, loop.retryAt(), loop.problem(), ended);
  }

  /** Lets it run once as soon as it is idle. */
  void raise() {
    allWanted.set(true);
    loop.raise();
  }

  /** Likewise, and ends the waits within the running invocation. */
  void wakeup() {
    allWanted.set(true);
    // In this order: an invocation that has just ended its waits is followed by another one.
    loop.raise();
    invocation.ifPresent(Invocation::wakeUp);
  }

  /** Lets it prune once as soon as it is idle; as part of a whole invocation if one is due. */
  void prune() {
    pruningWanted.set(true);
    loop.raise();
  }

  /** As {@link Job#finish}. */
  void finish() {
    // In this order: an invocation that begins now sees it, or is seen here.
    loop.finish();
    invocation.ifPresent(Invocation::finish);
  }

  /** As {@link Job#reset}. */
  void reset() throws SignalRefusedException {
    loop.reset();
  }
}
