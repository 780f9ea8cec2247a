package io.zrepl.replicate.run;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How often and when something that failed temporarily is tried again.
 *
 * <p>The wait doubles with each failure in a row and is then varied by a quarter up or down, so
 * that many machines that lost the same peer do not come back at the same instant.
 *
 * @param maximumTries tries altogether, at least 1
 * @param firstDelay wait after the first failure
 * @param maximumDelay longest wait before variation
 */
public record RetryPolicy(int maximumTries, Duration firstDelay, Duration maximumDelay) {
  /** Three tries, about 10 and 20 seconds apart. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(3, Duration.ofSeconds(10), Duration.ofMinutes(5));

  /** Checks the number of tries. */
  public RetryPolicy {
    if (maximumTries < 1) {
      throw new IllegalArgumentException("at least one try is needed: " + maximumTries);
    }
  }

  /**
   * Whether there is another try.
   *
   * @param failures how often it failed in a row
   */
  boolean triesAgainAfter(int failures) {
    return failures < maximumTries;
  }

  /**
   * The wait before the next try.
   *
   * @param failures how often it failed in a row, at least 1
   */
  Duration delay(int failures, RandomGenerator random) {
    Duration delay = firstDelay;
    for (int i = 1; i < failures && delay.compareTo(maximumDelay) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    if (delay.compareTo(maximumDelay) > 0) {
      delay = maximumDelay;
    }
    return Duration.ofNanos((long) (delay.toNanos() * (0.75 + 0.5 * random.nextDouble())));
  }

  /**
   * How far the listings before retries are apart at least: a listing covers all filesystems, and
   * is too dear to be made for each one that failed.
   */
  Duration gapBetweenListings() {
    return firstDelay.dividedBy(2);
  }
}
