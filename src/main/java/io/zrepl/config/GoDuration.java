package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Printable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go's {@code time.ParseDuration} reads them, for timeouts. At most 2^63 - 1
 * nanoseconds (about 292 years). Intervals of jobs are written in another way, see {@link
 * io.zrepl.base.UnitDuration}.
 */
final class GoDuration {
  private static final int LONGEST = 100;
  private static final BigInteger MOST_NANOS = BigInteger.valueOf(Long.MAX_VALUE);

  private static final Pattern GO_PART =
      Pattern.compile("([0-9]*)(?:\\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, Long> GO_UNITS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L, // U+00B5, micro sign
          "μs", 1_000L, // U+03BC, Greek mu
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /**
   * Parses a duration as Go writes them: numbers with units, each possibly with a fraction, for
   * example {@code 1h30m} or {@code 1.5s}. Units are ns, us, ms, s, m, h. Zero may stand without.
   *
   * @throws InvalidValueException if it does not follow the grammar or is out of range
   */
  static Duration parse(String text) throws InvalidValueException {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    if (text.length() > LONGEST || rest.isEmpty()) {
      throw invalid(text);
    }
    BigInteger nanos = BigInteger.ZERO;
    Matcher matcher = GO_PART.matcher(rest);
    int end = 0;
    while (end < rest.length()) {
      matcher.region(end, rest.length());
      if (!matcher.lookingAt()) {
        throw invalid(text);
      }
      String whole = matcher.group(1);
      String fraction = matcher.group(2) == null ? "" : matcher.group(2);
      if (whole.isEmpty() && fraction.isEmpty()) {
        throw invalid(text);
      }
      nanos = nanos.add(nanos(whole, fraction, GO_UNITS.getOrDefault(matcher.group(3), 0L)));
      end = matcher.end();
    }
    requireRange(text, nanos);
    return Duration.ofNanos(negative ? -nanos.longValueExact() : nanos.longValueExact());
  }

  private static BigInteger nanos(String whole, String fraction, long unit) {
    if (fraction.isEmpty()) {
      // Nearly always; BigDecimal alone takes 10 ms of a command's start.
      return new BigInteger("0" + whole).multiply(BigInteger.valueOf(unit));
    }
    return new BigDecimal("0" + whole + "." + fraction)
        .multiply(BigDecimal.valueOf(unit))
        .setScale(0, RoundingMode.DOWN)
        .toBigIntegerExact();
  }

  private static InvalidValueException invalid(String text) {
    String hint =
        text.length() <= LONGEST && text.matches("[+-]?[0-9]+") ? ": the unit is missing" : "";
    if (text.length() <= LONGEST && text.matches(".*[0-9][dw].*")) {
      hint = ": there are no days and weeks here, write hours";
    }
    return new InvalidValueException(
        "%s is not a duration%s; write numbers with the units ns, us, ms, s, m, h, for example 10s or 1h30m"
            .formatted(Printable.quote(text), hint));
  }

  private static void requireRange(String text, BigInteger nanos) throws InvalidValueException {
    if (nanos.compareTo(MOST_NANOS) > 0) {
      throw new InvalidValueException(
          "%s is out of range; at most about 292 years are possible"
              .formatted(Printable.quote(text)));
    }
  }

  /** The shortest way in which {@link #parse} reads the same duration. */
  static String format(Duration duration) {
    long nanos = duration.toNanos();
    if (nanos % GO_UNITS.getOrDefault("s", 1L) == 0) {
      return duration.toSeconds() + "s";
    }
    return nanos % GO_UNITS.getOrDefault("ms", 1L) == 0 ? duration.toMillis() + "ms" : nanos + "ns";
  }
}
