package io.zrepl.replicate.run;

import io.zrepl.base.HeapSpace;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.run.ReplicationEvent.Cancelled;
import io.zrepl.replicate.run.ReplicationEvent.Listed;
import io.zrepl.replicate.run.ReplicationEvent.ListingFailed;
import io.zrepl.replicate.run.ReplicationEvent.Reached;
import io.zrepl.replicate.run.ReplicationEvent.Started;
import io.zrepl.replicate.run.ReplicationEvent.StepCompleted;
import io.zrepl.replicate.run.ReplicationEvent.TimePassed;
import io.zrepl.replicate.run.ReplicationEvent.Unreached;
import io.zrepl.replicate.run.ReplicationEvent.WokenUp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;

/**
 * One run of a replication: brings the receiver up to what the sender has, filesystem by
 * filesystem.
 *
 * <p>The thread that calls {@link #run} owns the {@link ReplicationDriver} that decides; virtual
 * threads perform its actions and report what happened through a queue. What happened is logged by
 * the owner thread.
 */
public final class Replication {
  private final Logger log;
  private final RunLog runLog;
  private final Sender sender;
  private final Receiver receiver;
  private final InstantSource clock;
  private final ReplicationObserver observer;
  private final PlanExecutor plans;
  private final EstimateExecutor estimates;
  private final StepExecutor steps;
  private final ReplicationDriver driver;
  private final AtomicBoolean used = new AtomicBoolean();
  // Bounded by what is being done, and one wakeup.
  private final BlockingQueue<ReplicationEvent> events = new LinkedBlockingQueue<>();
  private final AtomicBoolean wakeupQueued = new AtomicBoolean();
  // of the thread in plan()
  private boolean planOnly;
  private final Set<Activity> notBegun = new HashSet<>();

  private volatile boolean finishing;

  /**
   * Prepares a run.
   *
   * @param settings of the job
   * @param sender the side that has the data
   * @param receiver the side that keeps the copies
   * @param clock tells the time of all instants in the report
   * @param random varies the waits before retries
   * @param observer is told what is worth counting
   * @param limits how patient it is
   * @param log of the job
   */
  public Replication(
      ReplicationSettings settings,
      Sender sender,
      Receiver receiver,
      InstantSource clock,
      RandomGenerator random,
      ReplicationObserver observer,
      RunLimits limits,
      Logger log) {
    this(settings, sender, receiver, clock, random, observer, log, limits, PartialState::decode);
  }

  Replication(
      ReplicationSettings settings,
      Sender sender,
      Receiver receiver,
      InstantSource clock,
      RandomGenerator random,
      ReplicationObserver observer,
      Logger log,
      RunLimits limits,
      Function<ResumeToken, PartialState> decoder) {
    this.log = log;
    this.runLog = new RunLog(log);
    this.sender = sender;
    this.receiver = receiver;
    this.clock = clock;
    this.observer = observer;
    this.plans =
        new PlanExecutor(
            sender, receiver, settings.initialReplication(), decoder, HeapSpace.OF_THIS_PROGRAM);
    this.estimates = new EstimateExecutor(sender, settings.protection(), log);
    this.steps = new StepExecutor(sender, receiver, settings.protection(), observer);
    this.driver =
        new ReplicationDriver(
            settings.concurrentSteps(),
            settings.concurrentSizeEstimates(),
            limits,
            random,
            clock.instant());
  }

  /**
   * What the run did and does. May be called by any thread at any time; never waits.
   *
   * @return a snapshot
   */
  public ReplicationReport report() {
    return driver.report();
  }

  /**
   * Lets everything that waits for another try be tried at once, and likewise what fails in
   * something that was begun before this call. May be called by any thread at any time; a call
   * before the run begins counts for its first attempt.
   */
  public void wakeUp() {
    if (wakeupQueued.compareAndSet(false, true)) {
      events.add(new WokenUp());
    }
  }

  /**
   * Begins no more steps and ends as soon as those that run have ended, as if it were cancelled
   * then. May be called by any thread at any time.
   */
  public void finish() {
    finishing = true;
    wakeUp();
  }

  /**
   * Runs until everything is replicated or has failed for good; what failed is in the {@linkplain
   * #report() report}. May be called once.
   *
   * @throws InterruptedException if the calling thread was interrupted; then everything that ran
   *     has been ended, and the report says so
   */
  public void run() throws InterruptedException {
    if (used.getAndSet(true)) {
      throw new IllegalStateException("a replication runs once");
    }
    try (ActivityTasks tasks = new ActivityTasks(events, log)) {
      perform(tasks, driver.on(new Started(), clock.instant()));
      while (!driver.isFinished() && !(finishing && !tasks.hasSteps())) {
        ReplicationEvent event = nextEvent(tasks);
        tasks.ended(event);
        if (driver.isAwaited(event)) {
          runLog.happened(event);
        } else {
          runLog.endedLate(event);
        }
        perform(tasks, driver.on(event, clock.instant()));
      }
      if (!driver.isFinished()) {
        log.info("no more steps are begun: the replication ends here");
        cancelDriver();
      } else {
        observer.ended(report(), clock.instant());
      }
    } catch (RuntimeException | Error e) {
      // A defect: no task runs any more, and the report must not say that it goes on.
      abandonDriver(e);
      observer.ended(report(), clock.instant());
      throw e;
    } catch (InterruptedException e) {
      // No task runs any more.
      cancelDriver();
      log.info("the replication was cancelled");
      throw e;
    }
  }

  /**
   * Finds out what a run would do, with estimated sizes, and changes nothing. What fails for now is
   * not tried again. May be called once, instead of {@link #run}.
   *
   * @return the report of a run that has planned everything and begun no step
   * @throws InterruptedException if the calling thread was interrupted; nothing runs any more
   */
  public ReplicationReport plan() throws InterruptedException {
    if (used.getAndSet(true)) {
      throw new IllegalStateException("a replication runs once");
    }
    planOnly = true;
    try (ActivityTasks tasks = new ActivityTasks(events, log)) {
      perform(tasks, driver.on(new Started(), clock.instant()));
      while (!driver.isFinished() && !tasks.isIdle()) {
        ReplicationEvent event = nextEvent(tasks);
        tasks.ended(event);
        perform(tasks, driver.on(event, clock.instant()));
      }
      ReplicationReport report = report();
      cancelDriver();
      return report;
    } catch (RuntimeException | Error e) {
      abandonDriver(e);
      throw e;
    } catch (InterruptedException e) {
      cancelDriver();
      throw e;
    }
  }

  /** What the driver believes may be wrong: it is told no more than that it is over. */
  private void abandonDriver(Throwable defect) {
    try {
      if (!driver.isFinished()) {
        driver.on(new Cancelled(), clock.instant());
      }
    } catch (RuntimeException | Error second) {
      defect.addSuppressed(second);
      driver.abandon(clock.instant());
    }
  }

  private void cancelDriver() {
    for (ReplicationEvent event : events) {
      // What arrived in the last moment has arrived; all else is covered by the cancellation.
      if (event instanceof StepCompleted && !driver.isFinished() && driver.isAwaited(event)) {
        runLog.happened(event);
        driver.on(event, clock.instant());
      }
    }
    if (!driver.isFinished()) {
      driver.on(new Cancelled(), clock.instant());
    }
  }

  private ReplicationEvent nextEvent(ActivityTasks tasks) throws InterruptedException {
    Optional<Instant> deadline = driver.deadline();
    ReplicationEvent event;
    if (deadline.isEmpty()) {
      event = events.take();
    } else {
      Duration wait = Duration.between(clock.instant(), deadline.get());
      event = wait.isPositive() ? events.poll(wait.toNanos(), TimeUnit.NANOSECONDS) : events.poll();
    }
    if (event instanceof WokenUp) {
      wakeupQueued.set(false);
    }
    if (event != null) {
      return event;
    }
    Map<Activity, Long> marks = tasks.marks();
    // What nobody has begun does not stall.
    notBegun.forEach(step -> marks.put(step, System.nanoTime()));
    return new TimePassed(marks);
  }

  private void perform(ActivityTasks tasks, List<ReplicationAction> actions) {
    for (ReplicationAction action : actions) {
      switch (action) {
        case ReplicationAction.ListFilesystems(int number) -> {
          for (Side side : Side.values()) {
            tasks.start(new Activity.Listing(side, number), () -> list(side, number));
          }
        }
        case ReplicationAction.PlanFilesystem plan ->
            tasks.start(new Activity.Planning(plan.filesystem()), () -> plans.plan(plan));
        case ReplicationAction.EstimateStep estimate ->
            tasks.start(
                new Activity.Estimating(estimate.filesystem(), estimate.progress()),
                () -> estimates.estimate(estimate.filesystem(), estimate.progress()));
        case ReplicationAction.ExecuteStep step -> {
          if (finishing) {
            continue; // the cancellation that follows tells the driver
          }
          if (planOnly) {
            notBegun.add(new Activity.Stepping(step.filesystem()));
            continue;
          }
          runLog.starting(step);
          tasks.start(
              new Activity.Stepping(step.filesystem()),
              () -> steps.execute(step.filesystem(), step.progress()));
        }
        case ReplicationAction.Probe(int number) -> {
          runLog.probing();
          for (Side side : Side.values()) {
            tasks.start(new Activity.Probing(side, number), () -> probe(side, number));
          }
        }
        case ReplicationAction.Cancel cancel -> {
          if (cancel.stalledFor().isPresent()) {
            Duration quiet = cancel.stalledFor().get();
            runLog.stalled(cancel, quiet);
            observer.stalled(cancel.activity().filesystem(), cancel.activity().phase(), quiet);
          }
          tasks.cancel(cancel.activity());
        }
      }
    }
  }

  private Endpoint endpoint(Side side) {
    return side == Side.SENDER ? sender : receiver;
  }

  private ReplicationEvent list(Side side, int number) throws InterruptedException {
    try {
      return new Listed(side, number, endpoint(side).listFilesystems());
    } catch (OperationException e) {
      Failure failure = Failure.of(side, e);
      return new ListingFailed(
          side,
          number,
          failure.withMessage(
              "cannot list the filesystems of the %s: %s"
                  .formatted(side.text(), failure.message())));
    }
  }

  private ReplicationEvent probe(Side side, int number) throws InterruptedException {
    try {
      endpoint(side).checkConnectivity();
      return new Reached(side, number);
    } catch (OperationException e) {
      return new Unreached(side, number, Failure.of(side, e));
    }
  }
}
