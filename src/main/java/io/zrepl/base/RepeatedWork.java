package io.zrepl.base;

import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/** Marks of log lines about work that is done again and again. */
public final class RepeatedWork {
  /**
   * On a line that tells that a round of the work came to all that it is about, with success or
   * without: what failed in earlier rounds and not in this one fails no more.
   */
  public static final Marker ROUND_ENDED = MarkerFactory.getMarker("round-ended");

  /**
   * On a line that tells the end of a round that did not come to everything: it says nothing about
   * what failed in earlier rounds only.
   */
  public static final Marker PART_OF_ROUND_ENDED = MarkerFactory.getMarker("part-of-round-ended");

  private RepeatedWork() {}

  /** The mark for the end of a round. */
  public static Marker roundEnded(boolean complete) {
    return complete ? ROUND_ENDED : PART_OF_ROUND_ENDED;
  }
}
