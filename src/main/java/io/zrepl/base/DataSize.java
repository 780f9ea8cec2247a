package io.zrepl.base;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A size in bits, which its text form tells from bytes: {@code b} is a bit, {@code B} a byte of 8
 * bits, for example {@code 40 MiB}, {@code 1 Gb}, {@code 800 bit}.
 *
 * <p>Prefixes are K, M, G, T (powers of 1000) and Ki, Mi, Gi, Ti (powers of 1024). The number may
 * have a fraction and a sign; a unit is needed. Parts of a bit are cut off.
 *
 * @param bits may be negative
 */
public record DataSize(long bits) {
  private static final int BYTE = 8;
  private static final Pattern SYNTAX =
      Pattern.compile("([-0-9.]{0,100})[ \\t\\n\\f\\r]*(?:(bit)|([KMGT]?)(i?)([bB]))");
  private static final Pattern NUMBER = Pattern.compile("-?([0-9]+\\.?[0-9]*|\\.[0-9]+)");
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]+");

  private static final String PREFIXES = "KMGT";
  private static final List<String> BINARY_UNITS = List.of("TiB", "GiB", "MiB", "KiB");

  /**
   * Parses the text form.
   *
   * @throws InvalidValueException if it has another form or is out of range
   */
  public static DataSize parse(String text) throws InvalidValueException {
    Matcher matcher = SYNTAX.matcher(text);
    boolean prefixMissing =
        matcher.matches()
            && matcher.group(2) == null
            && matcher.group(3).isEmpty()
            && !matcher.group(4).isEmpty();
    if (!matcher.matches() || prefixMissing) {
      throw new InvalidValueException(
          "\"%s\" is not a size: a number and one of the units B, KiB, MiB, GiB, TiB, KB, MB, GB, TB (bytes) or the same with b (bits) are expected, for example 40 MiB"
              .formatted(text));
    }
    String number = matcher.group(1);
    if (!NUMBER.matcher(number).matches()) {
      throw new InvalidValueException(
          "\"%s\" is not a size: \"%s\" is not a number".formatted(text, number));
    }
    if (matcher.group(2) != null) {
      if (!INTEGER.matcher(number).matches()) {
        throw new InvalidValueException("\"%s\": there are only whole bits".formatted(text));
      }
      return exactly(text, new BigInteger(number));
    }
    int power = PREFIXES.indexOf(matcher.group(3)) + 1;
    BigInteger factor =
        BigInteger.valueOf(matcher.group(4).isEmpty() ? 1000 : 1024)
            .pow(matcher.group(3).isEmpty() ? 0 : power)
            .multiply(BigInteger.valueOf(matcher.group(5).equals("B") ? BYTE : 1));
    if (INTEGER.matcher(number).matches()) {
      // Nearly always; BigDecimal alone takes 10 ms of a command's start.
      return exactly(text, new BigInteger(number).multiply(factor));
    }
    return exactly(text, new BigDecimal(number).multiply(new BigDecimal(factor)).toBigInteger());
  }

  private static DataSize exactly(String text, BigInteger bits) throws InvalidValueException {
    if (bits.abs().compareTo(BigInteger.valueOf(Long.MAX_VALUE)) > 0) {
      throw new InvalidValueException("\"%s\" is out of range; less than 1024 PiB".formatted(text));
    }
    return new DataSize(bits.longValue());
  }

  /** In whole bytes; the rest is cut off. */
  public long bytes() {
    return bits / BYTE;
  }

  /** The text form with the largest unit of bytes that leaves no rest. */
  public String format() {
    if (bits % BYTE != 0) {
      return bits + " bit";
    }
    long unit = 1L << 40;
    for (String name : BINARY_UNITS) {
      if (bytes() != 0 && bytes() % unit == 0) {
        return bytes() / unit + " " + name;
      }
      unit >>= 10;
    }
    return bytes() + " B";
  }
}
