package io.zrepl.prune;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.UnitDuration;
import io.zrepl.prune.RetentionGrid.Bucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The grammar of {@link RetentionGrid#parse}. */
final class RetentionGridParser {
  private static final String BLANK = "[ \\t\\n\\f\\r]*";
  private static final Pattern INTERVAL =
      Pattern.compile(
          BLANK
              + "(?<repeat>[0-9]+)"
              + BLANK
              + "x"
              + BLANK
              + "(?<length>[^(]+)"
              + BLANK
              + "(?:\\((?<parameters>.*)\\))?"
              + BLANK);
  // A blank behind the value is part of it and so refused, as it always was in this file format.
  private static final Pattern KEEP = Pattern.compile(BLANK + "keep=(?<count>.+)");
  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");

  /** More are a slip of the pen: a bucket for every minute of a year needs half of them. */
  private static final int MAXIMUM_BUCKETS = 1_000_000;

  private RetentionGridParser() {}

  static RetentionGrid parse(String text) throws InvalidValueException {
    String[] intervals = text.split("\\|", -1);
    List<Bucket> buckets = new ArrayList<>();
    for (int i = 0; i < intervals.length; i++) {
      try {
        addInterval(buckets, intervals[i]);
      } catch (InvalidValueException e) {
        throw new InvalidValueException(
            "interval %d of %d (\"%s\"): %s"
                .formatted(i + 1, intervals.length, intervals[i].strip(), e.getMessage()));
      }
    }
    return new RetentionGrid(buckets);
  }

  private static void addInterval(List<Bucket> buckets, String text) throws InvalidValueException {
    Matcher matcher = INTERVAL.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidValueException(
          "expected are repetitions, \"x\", a length and optionally \"(keep=N)\", for example 24x1h or 1x1h(keep=all)");
    }
    int repeat = repetitions(matcher.group("repeat"), MAXIMUM_BUCKETS - buckets.size());
    Duration length = UnitDuration.parsePositive(matcher.group("length"));
    String parameters = matcher.group("parameters");
    Bucket bucket = new Bucket(length, parameters == null ? 1 : keepCount(parameters));
    if (!buckets.isEmpty()
        && length.compareTo(buckets.getLast().length()) < 0
        && !buckets.stream().allMatch(Bucket::keepsAll)) {
      throw new InvalidValueException(
          "it is shorter than the interval before it (%s); lengths must not decrease, except behind intervals that all have keep=all"
              .formatted(UnitDuration.format(buckets.getLast().length())));
    }
    buckets.addAll(Collections.nCopies(repeat, bucket));
  }

  private static int repetitions(String digits, int maximum) throws InvalidValueException {
    int repeat;
    try {
      repeat = Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      repeat = Integer.MAX_VALUE;
    }
    if (repeat < 1) {
      throw new InvalidValueException("the number of repetitions must be at least 1");
    }
    if (repeat > maximum) {
      throw new InvalidValueException(
          "a grid can have at most %d buckets".formatted(MAXIMUM_BUCKETS));
    }
    return repeat;
  }

  private static int keepCount(String parameters) throws InvalidValueException {
    Matcher matcher = KEEP.matcher(parameters);
    if (!matcher.matches()) {
      throw new InvalidValueException(
          "unknown parameter \"%s\"; allowed is keep=N or keep=all".formatted(parameters));
    }
    String count = matcher.group("count");
    if (count.equals("all")) {
      return Bucket.KEEP_ALL;
    }
    if (!INTEGER.matcher(count).matches()) {
      throw new InvalidValueException(
          "keep must be a number or \"all\", not \"%s\"".formatted(count));
    }
    long number;
    try {
      number = Long.parseLong(count);
    } catch (NumberFormatException e) {
      throw new InvalidValueException("keep=%s is out of range".formatted(count));
    }
    if (number == -1) {
      // an old way to write "all"
      return Bucket.KEEP_ALL;
    }
    if (number < 1) {
      throw new InvalidValueException("keep must be at least 1, or \"all\", not " + count);
    }
    return (int) Math.min(number, Bucket.KEEP_ALL);
  }
}
