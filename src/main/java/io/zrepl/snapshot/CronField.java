package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * One field of a {@link CronSchedule}.
 *
 * @param name how messages call it
 * @param least smallest allowed value
 * @param most largest allowed value
 * @param words names of the values from {@code least} on; empty if there are none
 */
record CronField(String name, int least, int most, List<String> words) {
  static final CronField SECOND = new CronField("second", 0, 59, List.of());
  static final CronField MINUTE = new CronField("minute", 0, 59, List.of());
  static final CronField HOUR = new CronField("hour", 0, 23, List.of());
  static final CronField DAY = new CronField("day of the month", 1, 31, List.of());
  static final CronField MONTH =
      new CronField(
          "month",
          1,
          12,
          List.of(
              "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"));
  static final CronField WEEKDAY =
      new CronField(
          "day of the week", 0, 6, List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat"));

  /**
   * The values that a field selects.
   *
   * @param values as numbers, never empty
   * @param star whether the field was written as a star, so that it does not restrict
   */
  record Selection(BitSet values, boolean star) {
    /** Whether a value is selected. */
    boolean has(int value) {
      return values.get(value);
    }
  }

  /**
   * Parses a comma list of {@code *}, {@code ?}, {@code N} and {@code N-M}, each with an optional
   * {@code /STEP}.
   *
   * @throws InvalidValueException if it is malformed or selects nothing
   */
  Selection parse(String text) throws InvalidValueException {
    BitSet values = new BitSet();
    boolean star = false;
    for (String part : text.split(",", -1)) {
      if (!part.isEmpty()) {
        star |= addPart(part, values);
      }
    }
    if (values.isEmpty()) {
      throw invalid(text, "it selects nothing");
    }
    return new Selection(values, star);
  }

  /** Adds the values of one part; tells whether it counts as a star. */
  private boolean addPart(String part, BitSet values) throws InvalidValueException {
    String[] rangeAndStep = part.split("/", -1);
    if (rangeAndStep.length > 2) {
      throw invalid(part, "there is more than one \"/\"");
    }
    String[] bounds = rangeAndStep[0].split("-", -1);
    boolean star = bounds[0].equals("*") || bounds[0].equals("?");
    if (!star && bounds.length > 2) {
      throw invalid(part, "there is more than one \"-\"");
    }
    boolean stepped = rangeAndStep.length == 2;
    int step = stepped ? number(part, rangeAndStep[1]) : 1;
    if (step == 0) {
      throw invalid(part, "the step must be at least 1");
    }
    int from = star ? least : value(part, bounds[0]);
    int to = star ? most : value(part, bounds[bounds.length - 1]);
    if (stepped && bounds.length == 1) {
      to = most; // "N/STEP" goes on to the end
    }
    if (from > to) {
      throw invalid(part, "the range is reversed");
    }
    for (int i = from; i <= to; i += Math.min(step, most + 1)) {
      values.set(i);
    }
    return star && step == 1;
  }

  private int value(String part, String text) throws InvalidValueException {
    int word = words.indexOf(text.toLowerCase(Locale.ROOT));
    int value = word >= 0 ? least + word : number(part, text);
    if (value < least || value > most) {
      throw invalid(part, "%d is outside %d to %d".formatted(value, least, most));
    }
    return value;
  }

  private int number(String part, String text) throws InvalidValueException {
    if (!text.matches("\\+?[0-9]{1,9}")) {
      throw invalid(part, "\"%s\" is not a number".formatted(text));
    }
    return Integer.parseInt(text);
  }

  private InvalidValueException invalid(String part, String why) {
    return new InvalidValueException(
        "cron: \"%s\" is not possible as %s: %s".formatted(part, name, why));
  }
}
