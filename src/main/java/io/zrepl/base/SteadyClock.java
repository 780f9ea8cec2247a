package io.zrepl.base;

import java.time.Instant;
import java.time.InstantSource;

/**
 * The time of day when it was made, plus the time that has passed since by the monotonic clock: for
 * deadlines of a run, which must come when the wall clock is set back or forth.
 */
public final class SteadyClock implements InstantSource {
  private final Instant start;
  private final long startNanos = System.nanoTime();

  /**
   * Begins with the time that the other clock tells now.
   *
   * @param clock asked once
   */
  public SteadyClock(InstantSource clock) {
    this.start = clock.instant();
  }

  @Override
  public Instant instant() {
    return start.plusNanos(System.nanoTime() - startNanos);
  }
}
