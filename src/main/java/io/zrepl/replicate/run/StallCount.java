package io.zrepl.replicate.run;

import java.time.Duration;
import java.time.Instant;

/**
 * Counts how often in a row something made no progress. Each stall costs the whole limit; where
 * everything stalls, the run must end rather than try one filesystem after the other, so that the
 * job gets to pruning. Kept from attempt to attempt; one owner thread.
 */
final class StallCount {
  /** How often in a row; after that the run begins nothing more. */
  static final int MOST = 3;

  private final Duration limit;
  private int times;
  private Instant counted = Instant.MIN;

  /**
   * Makes a count of zero.
   *
   * @param limit how long something goes on without progress before it counts as stalled
   */
  StallCount(Duration limit) {
    this.limit = limit;
  }

  /**
   * Something stalled.
   *
   * @return whether that is too often
   */
  boolean stalled(Instant now) {
    // What hung already when the last one was counted tells nothing new.
    if (!now.isBefore(counted.plus(limit))) {
      times++;
      counted = now;
    }
    return times >= MOST;
  }

  /** Something succeeded. */
  void succeeded() {
    times = 0;
  }
}
