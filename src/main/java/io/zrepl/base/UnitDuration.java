package io.zrepl.base;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text form of durations that are one integer and one unit, for example {@code 10m} or {@code
 * 30 d}: {@code s} second, {@code m} minute, {@code h} hour, {@code d} 24 hours, {@code w} 7 days.
 *
 * <p>Blanks around and between both parts, and a sign, are allowed; fractions and combinations such
 * as {@code 1h30m} are not. Zero needs no unit.
 */
public final class UnitDuration {
  private static final Pattern SYNTAX =
      Pattern.compile("[ \\t\\n\\f\\r]*([+-]?[0-9]+)[ \\t\\n\\f\\r]*([smhdw]?)[ \\t\\n\\f\\r]*");

  /** Longest duration; other programs that read the same files count 64-bit nanoseconds. */
  private static final Duration MAXIMUM = Duration.ofNanos(Long.MAX_VALUE);

  private static final Duration MINIMUM = Duration.ofNanos(-Long.MAX_VALUE);

  private static final List<Unit> UNITS =
      List.of(
          new Unit("w", 7 * 24 * 3600),
          new Unit("d", 24 * 3600),
          new Unit("h", 3600),
          new Unit("m", 60),
          new Unit("s", 1));

  private record Unit(String symbol, long seconds) {}

  private UnitDuration() {}

  /**
   * Parses a duration of either sign.
   *
   * @throws InvalidValueException if the text has another form, or the value is beyond 292 years
   */
  public static Duration parse(String text) throws InvalidValueException {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidValueException(
          "\"%s\" is not a duration: one integer and one of the units s, m, h, d, w are expected, for example 10m or 30d"
              .formatted(text));
    }
    long number;
    try {
      number = Long.parseLong(matcher.group(1));
    } catch (NumberFormatException e) {
      throw outOfRange(text);
    }
    String symbol = matcher.group(2);
    if (symbol.isEmpty()) {
      if (number != 0) {
        throw new InvalidValueException(
            "duration \"%s\" has no unit; allowed are s, m, h, d and w".formatted(text.strip()));
      }
      return Duration.ZERO;
    }
    long seconds;
    try {
      seconds = Math.multiplyExact(number, secondsOf(symbol));
    } catch (ArithmeticException e) {
      throw outOfRange(text);
    }
    Duration result = Duration.ofSeconds(seconds);
    if (result.compareTo(MAXIMUM) > 0 || result.compareTo(MINIMUM) < 0) {
      throw outOfRange(text);
    }
    return result;
  }

  /**
   * Parses a duration that must be longer than zero.
   *
   * @throws InvalidValueException as {@link #parse}, and if it is zero or negative
   */
  public static Duration parsePositive(String text) throws InvalidValueException {
    Duration duration = parse(text);
    if (!duration.isPositive()) {
      throw new InvalidValueException("duration \"%s\" must be positive".formatted(text.strip()));
    }
    return duration;
  }

  /** The text form with the largest unit that leaves no rest; parts of a second are cut off. */
  public static String format(Duration duration) {
    long seconds = duration.toSeconds();
    for (Unit unit : UNITS) {
      if (seconds != 0 && seconds % unit.seconds() == 0) {
        return seconds / unit.seconds() + unit.symbol();
      }
    }
    return "0s";
  }

  private static long secondsOf(String symbol) {
    for (Unit unit : UNITS) {
      if (unit.symbol().equals(symbol)) {
        return unit.seconds();
      }
    }
    throw new IllegalArgumentException("no unit " + symbol);
  }

  private static InvalidValueException outOfRange(String text) {
    return new InvalidValueException(
        "duration \"%s\" is out of range; at most about 292 years are possible"
            .formatted(text.strip()));
  }
}
