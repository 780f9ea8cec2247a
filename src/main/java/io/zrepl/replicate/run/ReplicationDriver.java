package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.ReconnectReport;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One run of a replication: attempts until one succeeds, fails for good, or the tries are used up.
 * A state machine without I/O: the owner thread gives it events and performs the actions it answers
 * with. The same events at the same instants give the same actions.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>state</th><th>event</th><th>next state</th><th>actions</th></tr>
 * <tr><td>idle</td><td>started</td><td>attempting</td><td>those of the {@link Attempt}</td></tr>
 * <tr><td>attempting</td><td>any</td><td>attempting</td><td>those of the attempt</td></tr>
 * <tr><td>attempting</td><td>the attempt's last</td><td>finished, if it went well</td><td></td></tr>
 * <tr><td>attempting</td><td>the attempt's last</td><td>reconnecting, if a side was lost and tries
 *     are left</td><td>those of the {@link Reconnection}</td></tr>
 * <tr><td>attempting</td><td>the attempt's last</td><td>finished, otherwise</td><td></td></tr>
 * <tr><td>reconnecting</td><td>any</td><td>reconnecting</td><td>those of the reconnection</td></tr>
 * <tr><td>reconnecting</td><td>connected</td><td>attempting</td><td>those of a new attempt</td></tr>
 * <tr><td>reconnecting</td><td>given up</td><td>finished</td><td></td></tr>
 * <tr><td>attempting, reconnecting</td><td>the {@link Watchdog} finds a stall</td><td>same</td>
 *     <td>cancel what stalled</td></tr>
 * <tr><td>any but finished</td><td>cancelled</td><td>finished</td><td></td></tr>
 * </table>
 *
 * <p>What one attempt planned and did not complete is owed by the next: it does all of it, and
 * nothing newer. A filesystem whose planning or step the watchdog gave up stays failed for the rest
 * of the run. The first reconnection begins at once, later ones after the delay of the {@link
 * RetryPolicy}, which a wakeup skips, also one that came before.
 */
final class ReplicationDriver {

  /** What the run is doing. */
  private sealed interface State {
    /** Nothing: it has not been started, or is between two other states. */
    record Idle() implements State {}

    record Attempting(Attempt attempt) implements State {}

    record Reconnecting(Reconnection reconnection) implements State {}

    record Finished() implements State {}
  }

  private record Header(
      ReplicationOutcome outcome,
      Instant startAt,
      Optional<Instant> finishAt,
      List<AttemptReport> finishedAttempts,
      Optional<ReconnectReport> reconnect,
      State state) {}

  private final int concurrentSteps;
  private final int concurrentEstimates;
  private final RunLimits limits;
  private final RandomGenerator random;
  private final Watchdog watchdog;
  private final Map<DatasetPath, Outstanding> outstanding = new HashMap<>();
  private final Map<DatasetPath, Failure> lost = new HashMap<>();
  private final StallCount stalls;
  private boolean wokenUp;
  private int requests;
  // published to readers of reports
  private volatile Header header;

  /**
   * Creates the driver of one run.
   *
   * @param concurrentSteps how many steps run at once, at least 1
   * @param concurrentEstimates how many sizes are estimated at once, at least 1
   * @param now what the report shows as start until it is started
   */
  ReplicationDriver(
      int concurrentSteps,
      int concurrentEstimates,
      RunLimits limits,
      RandomGenerator random,
      Instant now) {
    this.concurrentSteps = concurrentSteps;
    this.concurrentEstimates = concurrentEstimates;
    this.limits = limits;
    this.random = random;
    this.watchdog = new Watchdog(limits.stall());
    this.stalls = new StallCount(limits.stall());
    this.header = begun(now, new State.Idle());
  }

  private static Header begun(Instant at, State state) {
    return new Header(
        ReplicationOutcome.RUNNING, at, Optional.empty(), List.of(), Optional.empty(), state);
  }

  /**
   * Takes an event.
   *
   * @return what is to be done now; after {@link ReplicationEvent.Cancelled} nothing
   */
  List<ReplicationAction> on(ReplicationEvent event, Instant now) {
    if (isFinished()) {
      throw new IllegalStateException("finished, but got " + event);
    }
    List<ReplicationAction> actions = new ArrayList<>();
    if (event instanceof ReplicationEvent.TimePassed(Map<Activity, Long> marks)) {
      Watchdog.Findings found = watchdog.look(marks, now);
      actions.addAll(found.cancellations());
      for (ReplicationEvent failure : found.lost()) {
        noteLost(failure);
        if (!isFinished()) {
          take(failure, now, actions);
        }
      }
    }
    Optional<ReplicationEvent> accepted = watchdog.accept(event);
    if (accepted.isPresent() && !isFinished()) {
      take(accepted.get(), now, actions);
    }
    watchdog.begin(actions, now);
    return actions;
  }

  /**
   * Whether an event will be taken, and not be ignored for being the late end of something that was
   * given up.
   */
  boolean isAwaited(ReplicationEvent event) {
    return watchdog.isAwaited(event);
  }

  /**
   * What was given up may still be running, and end at any time. Nothing equal may be begun in this
   * run: it would do the same work at the same time, and the late end would be taken for its own.
   */
  private void noteLost(ReplicationEvent event) {
    switch (event) {
      case ReplicationEvent.PlanningFailed(DatasetPath path, Failure failure) ->
          lost.putIfAbsent(path, failure);
      case ReplicationEvent.StepFailed(DatasetPath path, Failure failure) ->
          lost.putIfAbsent(path, failure);
      default -> {}
    }
  }

  private void take(ReplicationEvent event, Instant now, List<ReplicationAction> actions) {
    if (event instanceof ReplicationEvent.WokenUp) {
      wokenUp = true;
    }
    switch (header.state()) {
      case State.Idle() -> {
        if (event instanceof ReplicationEvent.Cancelled) {
          finish(ReplicationOutcome.CANCELLED, now);
        } else if (event instanceof ReplicationEvent.Started) {
          header = begun(now, header.state());
          beginAttempt(now, actions);
        }
      }
      case State.Attempting(Attempt attempt) -> attempting(attempt, event, now, actions);
      case State.Reconnecting(Reconnection wait) -> reconnecting(wait, event, now, actions);
      case State.Finished() -> throw new IllegalStateException("finished, but got " + event);
    }
  }

  private void attempting(
      Attempt attempt, ReplicationEvent event, Instant now, List<ReplicationAction> actions) {
    actions.addAll(attempt.on(event, now));
    if (event instanceof ReplicationEvent.Cancelled) {
      endAttempt(attempt);
      finish(ReplicationOutcome.CANCELLED, now);
    } else if (attempt.isFinished()) {
      endAttempt(attempt);
      decide(attempt, now, actions);
    }
  }

  private void reconnecting(
      Reconnection wait, ReplicationEvent event, Instant now, List<ReplicationAction> actions) {
    if (event instanceof ReplicationEvent.Cancelled) {
      finish(ReplicationOutcome.CANCELLED, now);
      return;
    }
    actions.addAll(wait.on(event, now));
    header = header(header.finishedAttempts(), Optional.of(wait.report()), header.state());
    switch (wait.state()) {
      case WAITING, PROBING -> {}
      case CONNECTED -> beginAttempt(now, actions);
      case GIVEN_UP -> finish(ReplicationOutcome.FAILED, now);
    }
  }

  private Header header(
      List<AttemptReport> finishedAttempts, Optional<ReconnectReport> reconnect, State state) {
    return new Header(
        header.outcome(), header.startAt(), header.finishAt(), finishedAttempts, reconnect, state);
  }

  private void beginAttempt(Instant now, List<ReplicationAction> actions) {
    wokenUp = false;
    Attempt attempt =
        new Attempt(
            concurrentSteps,
            concurrentEstimates,
            limits.retries(),
            random,
            stalls,
            this::nextRequest,
            outstanding,
            Map.copyOf(lost),
            now);
    List<AttemptReport> before =
        header.finishedAttempts().stream().map(AttemptReport::superseded).toList();
    header = header(before, header.reconnect(), new State.Attempting(attempt));
    actions.addAll(attempt.begin());
  }

  private int nextRequest() {
    return ++requests;
  }

  private void endAttempt(Attempt attempt) {
    List<AttemptReport> finished = new ArrayList<>(header.finishedAttempts());
    finished.add(attempt.report());
    header = header(List.copyOf(finished), header.reconnect(), new State.Idle());
  }

  private void decide(Attempt attempt, Instant now, List<ReplicationAction> actions) {
    int tries = header.finishedAttempts().size();
    if (attempt.isDone()) {
      finish(ReplicationOutcome.DONE, now);
      return;
    }
    if (!attempt.mayBeRepeated() || !limits.retries().triesAgainAfter(tries)) {
      finish(ReplicationOutcome.FAILED, now);
      return;
    }
    int waits = attempt.metAnExhaustedSide() ? tries : tries - 1;
    Duration delay = wokenUp || waits == 0 ? Duration.ZERO : limits.retries().delay(waits, random);
    Reconnection wait =
        new Reconnection(now, now.plus(delay), limits.reconnect(), random, this::nextRequest);
    header = header(header.finishedAttempts(), Optional.empty(), new State.Reconnecting(wait));
    reconnecting(wait, new ReplicationEvent.TimePassed(Map.of()), now, actions);
  }

  private void finish(ReplicationOutcome outcome, Instant now) {
    header =
        new Header(
            outcome,
            header.startAt(),
            Optional.of(now),
            header.finishedAttempts(),
            header.reconnect(),
            new State.Finished());
  }

  /** Ends as failed after a fault of the program, without the help of what may be broken. */
  void abandon(Instant now) {
    try {
      if (header.state() instanceof State.Attempting(Attempt attempt)) {
        endAttempt(attempt);
      }
    } finally {
      finish(ReplicationOutcome.FAILED, now);
    }
  }

  boolean isFinished() {
    return header.finishAt().isPresent();
  }

  /** When it must be given a {@link ReplicationEvent.TimePassed} if nothing else happens. */
  Optional<Instant> deadline() {
    Optional<Instant> own =
        switch (header.state()) {
          case State.Idle(), State.Finished() -> Optional.empty();
          case State.Attempting(Attempt attempt) -> attempt.deadline();
          case State.Reconnecting(Reconnection wait) -> wait.deadline();
        };
    Optional<Instant> look = watchdog.deadline();
    if (own.isPresent() && look.isPresent()) {
      return own.get().isBefore(look.get()) ? own : look;
    }
    return own.or(() -> look);
  }

  /** What it looks like now; may be called by any thread and never waits. */
  ReplicationReport report() {
    Header current = header;
    List<AttemptReport> attempts = new ArrayList<>(current.finishedAttempts());
    if (current.state() instanceof State.Attempting(Attempt attempt)) {
      attempts.add(attempt.report());
    }
    return new ReplicationReport(
        current.outcome(), current.startAt(), current.finishAt(), attempts, current.reconnect());
  }
}
