package io.zrepl.job;

import java.time.Duration;

/**
 * How long an idle job waits before it tries again by itself, after an invocation with a failure
 * that may pass: doubling from the first delay to the longest.
 *
 * @param first after the first failure
 * @param longest never more than this
 */
public record RetryDelay(Duration first, Duration longest) {
  /** Ten seconds, doubling up to ten minutes. */
  public static final RetryDelay DEFAULT =
      new RetryDelay(Duration.ofSeconds(10), Duration.ofMinutes(10));

  /**
   * The delay.
   *
   * @param failures how many invocations in a row failed, at least 1
   */
  public Duration after(int failures) {
    // 2^40 times any sensible first delay is beyond any sensible longest one
    int doublings = Math.min(failures - 1, 40);
    try {
      Duration delay = first.multipliedBy(1L << doublings);
      return delay.compareTo(longest) < 0 ? delay : longest;
    } catch (ArithmeticException e) {
      return longest;
    }
  }
}
