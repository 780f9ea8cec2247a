package io.zrepl.replicate.run;

import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How an attempt behaves when a side says that it has too much to do: nothing new is begun for a
 * while, which gets longer each time, until something has succeeded. One owner thread.
 */
final class BackOff {
  /** How often in a row; after that the run gives up, and the job tries again later. */
  static final int MOST = 6;

  private final RetryPolicy policy;
  private final RandomGenerator random;
  private int times;
  private Instant until = Instant.MIN;

  BackOff(RetryPolicy policy, RandomGenerator random) {
    this.policy = policy;
    this.random = random;
  }

  /**
   * A side has too much to do.
   *
   * @return until when to leave it alone; empty if it has been tried too often
   */
  Optional<Instant> begin(Instant now) {
    if (now.isBefore(until)) {
      // Begun before the pause: tells nothing new.
      return Optional.of(until);
    }
    if (times == MOST) {
      return Optional.empty();
    }
    times++;
    until = now.plus(policy.delay(times, random));
    return Optional.of(until);
  }

  /** Something succeeded. */
  void succeeded() {
    times = 0;
  }

  /** Ends the pause. */
  void end() {
    until = Instant.MIN;
  }

  boolean isPausing(Instant now) {
    return now.isBefore(until);
  }

  /** The end of the pause; empty if there is none. */
  Optional<Instant> deadline(Instant now) {
    return isPausing(now) ? Optional.of(until) : Optional.empty();
  }
}
