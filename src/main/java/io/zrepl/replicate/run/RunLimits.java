package io.zrepl.replicate.run;

import java.time.Duration;

/**
 * How patient a run is.
 *
 * @param retries when what failed temporarily is tried again, and how often
 * @param reconnect how long to wait for a side that was lost
 * @param stall how long anything may go on without progress before it is cancelled
 */
public record RunLimits(RetryPolicy retries, Duration reconnect, Duration stall) {
  /** The usual tries; ten minutes for each wait. */
  public static final RunLimits DEFAULT =
      new RunLimits(RetryPolicy.DEFAULT, Duration.ofMinutes(10), Duration.ofMinutes(10));

  /** Checks the times. */
  public RunLimits {
    if (!reconnect.isPositive() || !stall.isPositive()) {
      throw new IllegalArgumentException("not positive: " + reconnect + ", " + stall);
    }
  }

  /** The same with other retries. */
  public RunLimits withRetries(RetryPolicy other) {
    return new RunLimits(other, reconnect, stall);
  }

  /** The same with another limit for a lack of progress. */
  public RunLimits withStall(Duration other) {
    return new RunLimits(retries, reconnect, other);
  }
}
