package io.zrepl.prune;

import io.zrepl.base.InvalidValueException;
import java.time.Duration;
import java.util.List;

/**
 * Adjacent intervals of time into the past, each keeping a number of snapshots.
 *
 * @param buckets from the newest to the oldest
 */
public record RetentionGrid(List<Bucket> buckets) {
  /** Copies the list. */
  public RetentionGrid {
    buckets = List.copyOf(buckets);
  }

  /**
   * One interval.
   *
   * @param length positive
   * @param keep how many of its oldest snapshots are kept, at least 1; {@link Integer#MAX_VALUE}
   *     stands for all
   */
  public record Bucket(Duration length, int keep) {}

  /**
   * Parses the text form, for example {@code 1x1h(keep=all) | 24x1h | 30x1d}.
   *
   * @throws InvalidValueException if it does not follow the grammar
   */
  public static RetentionGrid parse(String text) throws InvalidValueException {
    if (text.isEmpty()) {
      throw new InvalidValueException("a retention grid must not be empty");
    }
    return new RetentionGrid(List.of());
  }
}
