package io.zrepl.config.yaml;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What unquoted scalars mean. These are the rules of YAML 1.1 (yaml.org/type) that zrepl files are
 * written for, not those of YAML 1.2: {@code yes} is a boolean, {@code 010} is eight.
 */
public final class ScalarResolution {
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");

  private static final Pattern SIMPLE_INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,17}");
  private static final int LONGEST_NUMBER = 100;
  private static final Pattern HEXADECIMAL = Pattern.compile("([-+]?)0[xX]([0-9a-fA-F]+)");
  private static final Pattern OCTAL = Pattern.compile("([-+]?)0[oO]?([0-7]+)");
  private static final Pattern BINARY = Pattern.compile("([-+]?)0[bB]([01]+)");
  // An exponent needs its sign: "1e2" is a string.
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?[0-9]*\\.?[0-9]+([eE][-+][0-9]{1,9})?");

  private ScalarResolution() {}

  /** Whether the unquoted text is null. */
  public static boolean isNull(String text) {
    return NULLS.contains(text);
  }

  /** The boolean that the unquoted text means. */
  public static Optional<Boolean> booleanOf(String text) {
    if (TRUE.contains(text)) {
      return Optional.of(true);
    }
    return FALSE.contains(text) ? Optional.of(false) : Optional.empty();
  }

  /** The integer, if the unquoted text is one in its simplest form: decimal, of few digits. */
  public static OptionalLong simpleIntegerOf(String text) {
    return SIMPLE_INTEGER.matcher(text).matches()
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }

  /**
   * The number that the unquoted text means, integer or not. Its exponent may be huge: compare
   * before converting.
   */
  public static Optional<BigDecimal> numberOf(String text) {
    if (text.length() > LONGEST_NUMBER || text.startsWith("_")) {
      return Optional.empty();
    }
    String digits = text.replace("_", "");
    for (Radix radix : Radix.values()) {
      var matcher = radix.pattern.matcher(digits);
      if (matcher.matches()) {
        return Optional.of(
            new BigDecimal(new BigInteger(matcher.group(1) + matcher.group(2), radix.base)));
      }
    }
    return DECIMAL.matcher(digits).matches()
        ? Optional.of(new BigDecimal(digits))
        : Optional.empty();
  }

  private enum Radix {
    SIXTEEN(HEXADECIMAL, 16),
    TWO(BINARY, 2),
    EIGHT(OCTAL, 8);

    private final Pattern pattern;
    private final int base;

    Radix(Pattern pattern, int base) {
      this.pattern = pattern;
      this.base = base;
    }
  }
}
