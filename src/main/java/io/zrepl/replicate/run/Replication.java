package io.zrepl.replicate.run;

import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.run.ReplicationEvent.Cancelled;
import io.zrepl.replicate.run.ReplicationEvent.Listed;
import io.zrepl.replicate.run.ReplicationEvent.ListingFailed;
import io.zrepl.replicate.run.ReplicationEvent.Planned;
import io.zrepl.replicate.run.ReplicationEvent.PlanningFailed;
import io.zrepl.replicate.run.ReplicationEvent.Started;
import io.zrepl.replicate.run.ReplicationEvent.StepCompleted;
import io.zrepl.replicate.run.ReplicationEvent.StepFailed;
import io.zrepl.replicate.run.ReplicationEvent.StepUnconfirmed;
import io.zrepl.replicate.run.ReplicationEvent.TimePassed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

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
  private final Sender sender;
  private final Receiver receiver;
  private final InstantSource clock;
  private final PlanExecutor plans;
  private final StepExecutor steps;
  private final ReplicationDriver driver;
  private final AtomicBoolean used = new AtomicBoolean();
  private final BlockingQueue<ReplicationEvent> events = new LinkedBlockingQueue<>();

  /**
   * Prepares a run.
   *
   * @param settings of the job
   * @param sender the side that has the data
   * @param receiver the side that keeps the copies
   * @param clock tells the time of all instants in the report
   * @param random varies the waits before retries
   * @param observer is told what is worth counting
   * @param retryPolicy when what failed temporarily is tried again within the run
   * @param log of the job
   */
  public Replication(
      ReplicationSettings settings,
      Sender sender,
      Receiver receiver,
      InstantSource clock,
      RandomGenerator random,
      ReplicationObserver observer,
      RetryPolicy retryPolicy,
      Logger log) {
    this(
        settings,
        sender,
        receiver,
        clock,
        random,
        observer,
        log,
        retryPolicy,
        PartialState::decode);
  }

  Replication(
      ReplicationSettings settings,
      Sender sender,
      Receiver receiver,
      InstantSource clock,
      RandomGenerator random,
      ReplicationObserver observer,
      Logger log,
      RetryPolicy retryPolicy,
      Function<ResumeToken, PartialState> decoder) {
    this.log = log;
    this.sender = sender;
    this.receiver = receiver;
    this.clock = clock;
    this.plans = new PlanExecutor(sender, receiver, settings, decoder, log);
    this.steps = new StepExecutor(sender, receiver, settings.protection(), observer);
    this.driver =
        new ReplicationDriver(settings.concurrentSteps(), retryPolicy, random, clock.instant());
  }

  /**
   * What the run did and does. May be called by any thread at any time; never waits.
   *
   * @return an immutable snapshot
   */
  public ReplicationReport report() {
    return driver.report();
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
    try (TaskGroup tasks = new TaskGroup("replication")) {
      perform(tasks, driver.on(new Started(), clock.instant()));
      while (!driver.isFinished()) {
        ReplicationEvent event = nextEvent();
        logEvent(event);
        perform(tasks, driver.on(event, clock.instant()));
      }
    } catch (RuntimeException | Error e) {
      // A defect: no task runs any more, and the report must not say that it goes on.
      cancelDriver();
      throw e;
    } catch (InterruptedException e) {
      // No task runs any more.
      cancelDriver();
      log.info("the replication was cancelled");
      throw e;
    }
  }

  private void cancelDriver() {
    for (ReplicationEvent event : events) {
      // What arrived in the last moment has arrived; all else is covered by the cancellation.
      if (event instanceof StepCompleted && !driver.isFinished()) {
        logEvent(event);
        driver.on(event, clock.instant());
      }
    }
    if (!driver.isFinished()) {
      driver.on(new Cancelled(), clock.instant());
    }
  }

  private ReplicationEvent nextEvent() throws InterruptedException {
    Optional<Instant> deadline = driver.deadline();
    if (deadline.isEmpty()) {
      return events.take();
    }
    Duration wait = Duration.between(clock.instant(), deadline.get());
    ReplicationEvent event =
        wait.isPositive() ? events.poll(wait.toNanos(), TimeUnit.NANOSECONDS) : events.poll();
    return event == null ? new TimePassed() : event;
  }

  private void perform(TaskGroup tasks, List<ReplicationAction> actions) {
    for (ReplicationAction action : actions) {
      switch (action) {
        case ReplicationAction.ListFilesystems list -> {
          list(tasks, Side.SENDER, sender);
          list(tasks, Side.RECEIVER, receiver);
        }
        case ReplicationAction.PlanFilesystem plan ->
            start(
                tasks,
                "plan " + plan.filesystem(),
                Side.SENDER,
                failure -> new PlanningFailed(plan.filesystem(), failure),
                () -> plans.plan(plan));
        case ReplicationAction.ExecuteStep step -> {
          log.atInfo()
              .addKeyValue("fs", step.filesystem())
              .addKeyValue("step", step.progress().step().describe())
              .addKeyValue("resumed", step.progress().step().resumeToken().isPresent())
              .log(step.progress().confirmOnly() ? "confirming step" : "starting step");
          start(
              tasks,
              "step " + step.filesystem(),
              Side.SENDER,
              failure -> new StepFailed(step.filesystem(), failure),
              () -> steps.execute(step.filesystem(), step.progress()));
        }
      }
    }
  }

  private void list(TaskGroup tasks, Side side, Endpoint endpoint) {
    start(
        tasks,
        "list " + side.text(),
        side,
        failure -> new ListingFailed(side, failure),
        () -> {
          try {
            return new Listed(side, endpoint.listFilesystems());
          } catch (OperationException e) {
            Failure failure = Failure.of(side, e);
            return new ListingFailed(
                side,
                failure.withMessage(
                    "cannot list the filesystems of the %s: %s"
                        .formatted(side.text(), failure.message())));
          }
        });
  }

  private interface Action {
    ReplicationEvent perform() throws InterruptedException;
  }

  /** Starts a task that reports one event, whatever happens to it. */
  private void start(
      TaskGroup tasks,
      String name,
      Side side,
      Function<Failure, ReplicationEvent> onFailure,
      Action action) {
    tasks.fork(
        name,
        () -> {
          ReplicationEvent event = null;
          try {
            event = action.perform();
          } catch (RuntimeException | Error e) {
            log.error("defect in zrepl while performing: {}", name, e);
            event =
                onFailure.apply(
                    Failure.permanent(
                        side,
                        "defect in zrepl: " + e,
                        Optional.of("please report it, with the log of the daemon")));
          } finally {
            events.add(event == null ? onFailure.apply(interrupted(side)) : event);
          }
        });
  }

  private static Failure interrupted(Side side) {
    return Failure.permanent(side, "cancelled while it was running", Optional.empty());
  }

  private void logEvent(ReplicationEvent event) {
    switch (event) {
      case Started started -> {}
      case TimePassed passed -> {}
      case Cancelled cancelled -> {}
      case Listed listed -> {}
      case ListingFailed failed -> logFailure(null, "listing failed", failed.failure());
      case Planned planned -> logPlan(planned);
      case PlanningFailed failed ->
          logFailure(failed.filesystem(), "planning failed", failed.failure());
      case StepCompleted completed ->
          log.atInfo().addKeyValue("fs", completed.filesystem()).log("step completed");
      case StepFailed failed -> logFailure(failed.filesystem(), "step failed", failed.failure());
      case StepUnconfirmed failed ->
          logFailure(failed.filesystem(), "step not confirmed", failed.failure());
    }
  }

  private void logPlan(Planned planned) {
    switch (planned.plan()) {
      case FilesystemPlan.NothingToDo nothing ->
          log.atDebug()
              .addKeyValue("fs", planned.filesystem())
              .addKeyValue("reason", nothing.reason())
              .log("nothing to do");
      case FilesystemPlan.Conflict conflict ->
          log.atError()
              .addKeyValue("fs", planned.filesystem())
              .addKeyValue("err", conflict.message())
              .addKeyValue("advice", conflict.advice())
              .log("cannot be replicated");
      case FilesystemPlan.Steps plan -> {
        log.atDebug()
            .addKeyValue("fs", planned.filesystem())
            .addKeyValue("steps", plan.steps().size())
            .log("planned");
        plan.discardedPartialState()
            .ifPresent(reason ->
                log.atWarn()
                    .addKeyValue("fs", planned.filesystem())
                    .addKeyValue("reason", reason)
                    .log(
                        "partial state on the receiver cannot be continued and is dropped when"
                            + " the next step arrives"));
      }
    }
  }

  private void logFailure(@Nullable Object filesystem, String what, Failure failure) {
    // An unusable token leads to a plan without it.
    boolean goesOn = failure.temporary() || failure.resumeTokenUnusable();
    var entry = log.atLevel(goesOn ? Level.WARN : Level.ERROR);
    if (filesystem != null) {
      entry = entry.addKeyValue("fs", filesystem);
    }
    entry =
        entry.addKeyValue("err", failure.message()).addKeyValue("temporary", failure.temporary());
    if (failure.advice().isPresent()) {
      entry = entry.addKeyValue("advice", failure.advice().get());
    }
    entry.log(what);
  }
}
