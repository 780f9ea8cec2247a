package io.zrepl.prune;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.UnitDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Adjacent intervals of time into the past, each keeping a number of snapshots.
 *
 * @param buckets from the newest to the oldest
 */
public record RetentionGrid(List<Bucket> buckets) {
  /** The bucket number of what is younger than the grid's begin. */
  static final int BEFORE_FIRST = -1;

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
  public record Bucket(Duration length, int keep) {
    /** Keeps every snapshot. */
    public static final int KEEP_ALL = Integer.MAX_VALUE;

    /** Checks length and number. */
    public Bucket {
      if (!length.isPositive() || keep < 1) {
        throw new IllegalArgumentException("bucket of " + length + " that keeps " + keep);
      }
    }

    /** Which of its snapshots it keeps, in words. */
    String kept() {
      if (keepsAll()) {
        return "all";
      }
      return keep == 1 ? "oldest" : "%d oldest".formatted(keep);
    }

    /** Whether it keeps every snapshot. */
    public boolean keepsAll() {
      return keep == KEEP_ALL;
    }
  }

  /**
   * Parses the text form, for example {@code 1x1h(keep=all) | 24x1h | 30x1d}.
   *
   * <p>Intervals are separated by {@code |}; each is repetitions, {@code x}, length, and optionally
   * {@code (keep=N)} or {@code (keep=all)}; without it one is kept. Lengths must not decrease from
   * one interval to the next, except behind intervals that all keep everything.
   *
   * @throws InvalidValueException if it does not follow the grammar
   */
  public static RetentionGrid parse(String text) throws InvalidValueException {
    return RetentionGridParser.parse(text);
  }

  /**
   * Decides what the grid keeps.
   *
   * <p>A bucket contains its edge nearer to {@code now} but not its older edge, which belongs to
   * the next bucket. In each bucket the oldest entries are kept; of two with the same time the one
   * that comes first in {@code sameTime} counts as younger.
   *
   * @param now where the first bucket begins; what is younger is kept
   * @return the kept entries with the numbers of their buckets, from 0
   */
  <T> Map<T, Integer> keep(
      Instant now, Collection<T> entries, Function<T, Instant> time, Comparator<T> sameTime) {
    List<T> newestFirst = new ArrayList<>(entries);
    newestFirst.sort(Comparator.comparing(time).reversed().thenComparing(sameTime));
    Map<T, Integer> kept = new HashMap<>();
    List<T> members = new ArrayList<>();
    int bucket = 0;
    Duration end = Duration.ZERO;
    if (!buckets.isEmpty()) {
      end = buckets.getFirst().length();
    }
    for (T entry : newestFirst) {
      Duration age = Duration.between(time.apply(entry), now);
      if (age.isNegative()) {
        kept.put(entry, BEFORE_FIRST);
        continue;
      }
      while (bucket < buckets.size() && age.compareTo(end) >= 0) {
        keepOldest(members, bucket, kept);
        bucket++;
        if (bucket < buckets.size()) {
          end = end.plus(buckets.get(bucket).length());
        }
      }
      if (bucket == buckets.size()) {
        break;
      }
      members.add(entry);
    }
    keepOldest(members, bucket, kept);
    return kept;
  }

  /**
   * The bucket that a time lies in.
   *
   * @param age not negative
   * @return its index; the number of buckets for what is older than all
   */
  int bucketOf(Duration age) {
    Duration end = Duration.ZERO;
    for (int i = 0; i < buckets.size(); i++) {
      end = end.plus(buckets.get(i).length());
      if (age.compareTo(end) < 0) {
        return i;
      }
    }
    return buckets.size();
  }

  /** A bucket in the words of the grammar: {@code bucket 3 of 24x1h}. */
  String describe(int index) {
    Bucket bucket = buckets.get(index);
    int first = index;
    while (first > 0 && buckets.get(first - 1).equals(bucket)) {
      first--;
    }
    int last = index;
    while (last + 1 < buckets.size() && buckets.get(last + 1).equals(bucket)) {
      last++;
    }
    return "bucket %d of %dx%s"
        .formatted(index - first + 1, last - first + 1, UnitDuration.format(bucket.length()));
  }

  private <T> void keepOldest(List<T> newestFirst, int bucket, Map<T, Integer> kept) {
    if (newestFirst.isEmpty()) {
      return;
    }
    int surplus = Math.max(0, newestFirst.size() - buckets.get(bucket).keep());
    newestFirst.subList(surplus, newestFirst.size()).forEach(entry -> kept.put(entry, bucket));
    newestFirst.clear();
  }
}
