package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of a replication: attempts until one succeeds, fails for good, or the tries are used up.
 * A state machine without I/O: the owner thread gives it events and performs the actions it answers
 * with. The same events at the same instants give the same actions.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>state</th><th>event</th><th>next state</th><th>actions</th></tr>
 * <tr><td>new</td><td>started</td><td>attempt 1</td><td>those of the {@link Attempt}</td></tr>
 * <tr><td>attempt n</td><td>any</td><td>attempt n</td><td>those of the attempt</td></tr>
 * <tr><td>attempt n</td><td>its last</td><td>finished, if it went well</td><td></td></tr>
 * <tr><td>attempt n</td><td>its last</td><td>waiting, if a side was lost temporarily and tries are
 *     left</td><td></td></tr>
 * <tr><td>attempt n</td><td>its last</td><td>finished, otherwise</td><td></td></tr>
 * <tr><td>waiting</td><td>its time has come</td><td>attempt n+1</td><td>those of the attempt</td>
 *     </tr>
 * <tr><td>any but finished</td><td>cancelled</td><td>finished</td><td></td></tr>
 * </table>
 *
 * <p>What one attempt planned and did not complete is owed by the next: it does all of it, and
 * nothing newer.
 */
final class ReplicationDriver {
  private record Header(
      ReplicationOutcome outcome,
      Instant startAt,
      Optional<Instant> finishAt,
      List<AttemptReport> finishedAttempts,
      @Nullable Attempt attempt) {}

  private final int concurrentSteps;
  private final RetryPolicy retryPolicy;
  private final RandomGenerator random;
  private final Map<DatasetPath, Outstanding> outstanding = new HashMap<>();
  private @Nullable Instant nextAttemptAt;
  // published to readers of reports
  private volatile Header header;

  /**
   * Creates the driver of one run.
   *
   * @param now what the report shows as start until it is started
   */
  ReplicationDriver(
      int concurrentSteps, RetryPolicy retryPolicy, RandomGenerator random, Instant now) {
    this.concurrentSteps = concurrentSteps;
    this.retryPolicy = retryPolicy;
    this.random = random;
    this.header = new Header(ReplicationOutcome.RUNNING, now, Optional.empty(), List.of(), null);
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
    if (event instanceof ReplicationEvent.Started) {
      header = new Header(ReplicationOutcome.RUNNING, now, Optional.empty(), List.of(), null);
      return beginAttempt(now);
    }
    Attempt attempt = header.attempt();
    if (attempt == null) {
      return withoutAttempt(event, now);
    }
    List<ReplicationAction> actions = attempt.on(event, now);
    if (event instanceof ReplicationEvent.Cancelled) {
      endAttempt(attempt);
      finish(ReplicationOutcome.CANCELLED, now);
    } else if (attempt.isFinished()) {
      endAttempt(attempt);
      decide(attempt, now);
    }
    return actions;
  }

  private List<ReplicationAction> withoutAttempt(ReplicationEvent event, Instant now) {
    if (event instanceof ReplicationEvent.Cancelled) {
      finish(ReplicationOutcome.CANCELLED, now);
      return List.of();
    }
    Instant at = nextAttemptAt;
    if (at != null && !now.isBefore(at)) {
      return beginAttempt(now);
    }
    return List.of();
  }

  private List<ReplicationAction> beginAttempt(Instant now) {
    nextAttemptAt = null;
    Attempt attempt = new Attempt(concurrentSteps, retryPolicy, random, outstanding, now);
    header =
        new Header(
            header.outcome(),
            header.startAt(),
            Optional.empty(),
            header.finishedAttempts(),
            attempt);
    return attempt.begin();
  }

  private void endAttempt(Attempt attempt) {
    List<AttemptReport> finished = new ArrayList<>(header.finishedAttempts());
    finished.add(attempt.report());
    header =
        new Header(
            header.outcome(), header.startAt(), Optional.empty(), List.copyOf(finished), null);
  }

  private void decide(Attempt attempt, Instant now) {
    int tries = header.finishedAttempts().size();
    if (attempt.isDone()) {
      finish(ReplicationOutcome.DONE, now);
    } else if (attempt.mayBeRepeated() && retryPolicy.triesAgainAfter(tries)) {
      nextAttemptAt = now.plus(retryPolicy.delay(tries, random));
    } else {
      finish(ReplicationOutcome.FAILED, now);
    }
  }

  private void finish(ReplicationOutcome outcome, Instant now) {
    header =
        new Header(outcome, header.startAt(), Optional.of(now), header.finishedAttempts(), null);
  }

  boolean isFinished() {
    return header.finishAt().isPresent();
  }

  /** When it must be given a {@link ReplicationEvent.TimePassed} if nothing else happens. */
  Optional<Instant> deadline() {
    Attempt attempt = header.attempt();
    return attempt == null ? Optional.ofNullable(nextAttemptAt) : attempt.deadline();
  }

  /** What it looks like now; may be called by any thread and never waits. */
  ReplicationReport report() {
    Header current = header;
    List<AttemptReport> attempts = new ArrayList<>(current.finishedAttempts());
    Attempt attempt = current.attempt();
    if (attempt != null) {
      attempts.add(attempt.report());
    }
    return new ReplicationReport(
        current.outcome(), current.startAt(), current.finishAt(), attempts);
  }
}
