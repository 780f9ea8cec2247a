package io.zrepl.base;

import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/** Marks of log lines about work that is done again and again. */
public final class RepeatedWork {
  /**
   * On a line that tells that one round of the work went through to its end, with success or
   * without: what failed in earlier rounds and not in this one fails no more.
   */
  public static final Marker ROUND_ENDED = MarkerFactory.getMarker("round-ended");

  private RepeatedWork() {}
}
