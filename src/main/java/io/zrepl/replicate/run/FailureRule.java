package io.zrepl.replicate.run;

import io.zrepl.model.FailureScope;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What becomes of a filesystem that failed, in planning or in a step.
 *
 * <table>
 * <caption>Consequences</caption>
 * <tr><th>failure</th><th>consequence</th></tr>
 * <tr><td>a side has too much to do, not too often yet</td><td>retry after the pause of {@link
 *     BackOff}, in which nothing at all is begun; does not count as a failure</td></tr>
 * <tr><td>a side has too much to do, too often</td><td>the job goes on to something else: failed,
 *     and so is all that waits</td></tr>
 * <tr><td>may pass, of this filesystem alone, tries are left</td><td>retry after the delay of
 *     {@link RetryPolicy}, at once if it was woken up while it ran</td></tr>
 * <tr><td>no progress, too often in a row by {@link StallCount}</td><td>as a side that has too much
 *     to do too often</td></tr>
 * <tr><td>other</td><td>failed; what it stops besides is a matter of {@link Stops}</td></tr>
 * </table>
 *
 * <p>Where {@link Stops} has stopped the filesystem already, nothing is tried again. A full pool
 * may pass, but not within seconds: failures of a pool are left to the job's next run. One owner
 * thread.
 */
final class FailureRule {
  private final RetryPolicy policy;
  private final RandomGenerator random;
  private final BackOff backOff;
  private final StallCount stalls;
  private final Stops stops;

  FailureRule(
      RetryPolicy policy, RandomGenerator random, BackOff backOff, StallCount stalls, Stops stops) {
    this.policy = policy;
    this.random = random;
    this.backOff = backOff;
    this.stalls = stalls;
    this.stops = stops;
  }

  /**
   * The consequence.
   *
   * @param next in a phase {@link FilesystemPhase.Retry} or {@link FilesystemPhase.Failed}
   * @param stopsMore whether others are stopped by it that were not before
   */
  record Consequence(FilesystemStatus next, boolean stopsMore) {}

  /**
   * Decides, and notes what the failure stops.
   *
   * @param wokenUp whether somebody asked to try again while it ran
   */
  Consequence decide(FilesystemWork work, Failure reason, boolean wokenUp, Instant now) {
    FilesystemStatus status = work.status();
    FilesystemPhase phase = status.phase();
    Failure failure = reason;
    if (failure.is(FailureKind.EXHAUSTED)) {
      Optional<Instant> retryAt = wokenUp ? Optional.of(now) : backOff.begin(now);
      if (retryAt.isPresent() && stops.reasonFor(work.path()).isEmpty()) {
        return new Consequence(status.in(phase.retry(failure.at(now), retryAt.get())), false);
      }
      failure = failure.withScope(FailureScope.JOB);
    }
    boolean stopsMore = stops.note(work.path(), failure);
    if (failure.is(FailureKind.STALLED) && stalls.stalled(now)) {
      stopsMore |= stops.note(work.path(), inARow(failure));
    }
    int failures = status.failures() + 1;
    if (failure.temporary()
        && failure.scope() == FailureScope.FILESYSTEM
        && policy.triesAgainAfter(failures)
        && stops.reasonFor(work.path()).isEmpty()) {
      Instant retryAt = wokenUp ? now : now.plus(policy.delay(failures, random));
      return new Consequence(
          status.afterFailureIn(phase.retry(failure.at(now), retryAt)), stopsMore);
    }
    return new Consequence(status.afterFailureIn(phase.failed(failure.at(now))), stopsMore);
  }

  private static Failure inARow(Failure last) {
    return last.withScope(FailureScope.JOB)
        .asTemporary()
        .withMessage(
            "nothing succeeded while something stalled %d times, at last: %s"
                .formatted(StallCount.MOST, last.message()));
  }
}
