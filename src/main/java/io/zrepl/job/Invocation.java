package io.zrepl.job;

import io.zrepl.base.RepeatedWork;
import io.zrepl.base.SteadyClock;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.JobId;
import io.zrepl.prune.HolderNames;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.ListedEndpoint;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PruneRun;
import io.zrepl.prune.PruneSubject;
import io.zrepl.prune.PrunerReport;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.RunLimits;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One invocation of an active job: replicate, prune the sender, prune the receiver; or, if that is
 * all that is wanted, only the latter two. Each phase runs whatever came of the one before; only an
 * interrupt ends the invocation.
 *
 * <p>Run by one thread, once; its reports may be read by any thread at any time.
 */
final class Invocation {
  private final JobId job;
  private final Sides sides;
  private final boolean cursorsAreMade;
  private final PruningSettings pruning;
  private final Duration stallLimit;
  private final JobObservers observers;
  private final Clock clock;
  private final Logger log;
  private final Optional<Replication> replication;

  // Written by the thread in run(), read by any.
  private volatile @Nullable PruneRun senderPruning;
  private volatile @Nullable PruneRun receiverPruning;
  private volatile boolean completed;
  // Set by any thread.
  private volatile boolean finishing;

  Invocation(
      JobId job,
      Sides sides,
      ReplicationSettings replicationSettings,
      PruningSettings pruning,
      boolean onlyPruning,
      RunLimits limits,
      JobObservers observers,
      Clock clock) {
    this.job = job;
    this.sides = sides;
    this.cursorsAreMade = replicationSettings.protection().alwaysMakesCursors();
    this.pruning = pruning;
    this.stallLimit = limits.stall();
    this.observers = observers;
    this.clock = clock;
    this.log = JobLogger.of(Invocation.class, job);
    this.replication =
        onlyPruning
            ? Optional.empty()
            : Optional.of(
                new Replication(
                    replicationSettings,
                    sides.sender(),
                    sides.receiver(),
                    new SteadyClock(clock),
                    RandomGenerator.getDefault(),
                    observers.replication(),
                    limits,
                    JobLogger.of(Replication.class, job)));
  }

  void run() throws InterruptedException {
    if (replication.isPresent()) {
      replicate(replication.get());
    }
    prune();
    end();
  }

  private void replicate(Replication run) throws InterruptedException {
    log.info("replication");
    try {
      run.run();
    } catch (RuntimeException | Error e) {
      // A fault of the program that returns with every run must not let the machine fill up.
      log.atError()
          .setCause(e)
          .log("defect in the program while replicating; pruning all the same");
      prune();
      throw e;
    }
    warnIfNothingIsSelected(run.report().attempts());
  }

  private void end() {
    completed = true;
    log.atInfo()
        .addMarker(RepeatedWork.roundEnded(cameToEverything()))
        .addKeyValue("outcome", succeeded() ? "done" : "failed")
        .log("invocation is over");
  }

  /** Whether all filesystems were planned, on all sides, so that what did not fail is well. */
  private boolean cameToEverything() {
    return replication.isPresent()
        && replication.get().report().attempts().stream()
            .reduce((first, second) -> second)
            .filter(last -> last.state() != AttemptState.PLANNING_ERROR)
            .isPresent()
        && isPlanned(pruningSender())
        && isPlanned(pruningReceiver());
  }

  private static boolean isPlanned(Optional<PrunerReport> pruning) {
    return pruning.filter(report -> report.phase().isPlanned()).isPresent();
  }

  /** Such a job looks healthy and protects nothing. */
  private void warnIfNothingIsSelected(List<AttemptReport> attempts) {
    if (!attempts.isEmpty()
        && attempts.getLast().state() == AttemptState.DONE
        && attempts.getLast().filesystems().isEmpty()) {
      log.warn(
          "nothing was replicated: the filter of the sending job matches no filesystem (see zrepl test filesystems)");
    }
  }

  /** No side is asked but within the watched runs: none may hold up the pruning of the other. */
  private void prune() throws InterruptedException {
    ListedEndpoint<Sender> listedSender = listed(sides.sender());
    ListedEndpoint<Receiver> listedReceiver = listed(sides.receiver());
    log.info("pruning the sender");
    PruneRun first =
        prune(
            new PruneSubject.OfSender(listedSender, Optional.of(listedReceiver), cursorsAreMade),
            pruning.keepSender(),
            sides.senderHolders());
    senderPruning = first;
    run(first);
    log.info("pruning the receiver");
    PruneRun second =
        prune(
            new PruneSubject.OfReceiver(listedReceiver, listedSender),
            pruning.keepReceiver(),
            sides.receiverHolders());
    receiverPruning = second;
    run(second);
  }

  private void run(PruneRun pruneRun) throws InterruptedException {
    if (finishing) { // after it was made known to finish(), so that one of the two sees the other
      pruneRun.finish();
    }
    pruneRun.run();
  }

  /** Begins nothing more and ends when what runs has ended. Any thread; does not wait. */
  void finish() {
    finishing = true;
    replication.ifPresent(Replication::finish);
    Optional.ofNullable(senderPruning).ifPresent(PruneRun::finish);
    Optional.ofNullable(receiverPruning).ifPresent(PruneRun::finish);
  }

  /**
   * A side as pruning begins with it. What the replication has just listed need not be listed
   * again; one that it failed to list is not asked for what can be done without.
   */
  private <E extends Endpoint> ListedEndpoint<E> listed(E side) {
    if (replication.isEmpty()) {
      return ListedEndpoint.expected(side);
    }
    List<AttemptReport> attempts = replication.get().report().attempts();
    return !attempts.isEmpty() && attempts.getLast().state() != AttemptState.PLANNING_ERROR
        ? ListedEndpoint.answering(side)
        : ListedEndpoint.of(side);
  }

  private PruneRun prune(PruneSubject subject, List<KeepRule> rules, HolderNames holders) {
    return new PruneRun(
        subject,
        rules,
        clock,
        observers.pruning(),
        JobLogger.of(PruneRun.class, job),
        PruneRun.Options.DEFAULT.withStallLimit(stallLimit).withHolders(holders));
  }

  /** The two sides; to be closed by whoever runs the invocation. */
  Sides sides() {
    return sides;
  }

  /** What replicates; empty if it only prunes. */
  Optional<Replication> replication() {
    return replication;
  }

  /** What the pruning of the sender did and does; empty before it begins. */
  Optional<PrunerReport> pruningSender() {
    return Optional.ofNullable(senderPruning).map(PruneRun::report);
  }

  /** What the pruning of the receiver did and does; empty before it begins. */
  Optional<PrunerReport> pruningReceiver() {
    return Optional.ofNullable(receiverPruning).map(PruneRun::report);
  }

  /** Lets what waits within the replication be tried again at once. Any thread. */
  void wakeUp() {
    replication.ifPresent(Replication::wakeUp);
  }

  /** Whether all phases came to their end. */
  boolean completed() {
    return completed;
  }

  /** Whether nothing failed. To be asked when completed. */
  boolean succeeded() {
    return replication.stream().allMatch(run -> run.report().outcome() == ReplicationOutcome.DONE)
        && pruningSender().stream().allMatch(report -> report.phase() == PrunePhase.DONE)
        && pruningReceiver().stream().allMatch(report -> report.phase() == PrunePhase.DONE);
  }

  /** Whether something failed that may succeed when tried again. To be asked when completed. */
  boolean failureMayPass() {
    return replication.stream().anyMatch(run -> run.report().hasTemporaryFailure())
        || pruningSender().stream().anyMatch(PrunerReport::temporaryFailure)
        || pruningReceiver().stream().anyMatch(PrunerReport::temporaryFailure);
  }
}
