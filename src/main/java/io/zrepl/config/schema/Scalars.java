package io.zrepl.config.schema;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Secret;
import io.zrepl.config.yaml.ScalarResolution;
import io.zrepl.config.yaml.YamlNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** The kinds of single values that know no zrepl word. */
public final class Scalars {
  private Scalars() {}

  /** Makes a value out of a text. */
  @FunctionalInterface
  public interface TextParser<T> {
    /**
     * Parses.
     *
     * @throws InvalidValueException if it is not valid; the message says what is allowed
     */
    T parse(String text) throws InvalidValueException;
  }

  /** Any text. Numbers and booleans are taken as written; null is the empty text. */
  public static ScalarKind<String> string() {
    return parsed("string", text -> text);
  }

  /** A text with a grammar of its own; null is the empty text, which the parser judges. */
  public static <T> ScalarKind<T> parsed(String name, TextParser<T> parser) {
    return parsed(name, parser, Object::toString);
  }

  /**
   * The same for a value whose own text form is not what is written in a file.
   *
   * @param text how a value is written in a file
   */
  public static <T> ScalarKind<T> parsed(
      String name, TextParser<T> parser, Function<T, String> text) {
    return new ScalarKind<>(
        name,
        Optional.of("''"),
        false,
        List.of(),
        (scalar, _) -> parser.parse(scalar.string()),
        text::apply);
  }

  /**
   * A value whose meaning depends on whether it is quoted.
   *
   * @param zero what null stands for, as YAML
   * @param text how a value is written in a file
   */
  public static <T> ScalarKind<T> resolved(
      String name, String zero, ScalarParser<T> parser, Function<T, String> text) {
    return new ScalarKind<>(name, Optional.of(zero), false, List.of(), parser, text::apply);
  }

  /**
   * A text that must never be shown: neither in a message nor as part of a source line.
   *
   * @param parser no message of it may contain any part of the text
   * @param shownAs a valid value that stands for all in a dump
   */
  public static ScalarKind<Secret> secret(String name, TextParser<Secret> parser, String shownAs) {
    return new ScalarKind<>(
        name,
        Optional.of("''"),
        true,
        List.of(),
        (scalar, _) -> parser.parse(scalar.string()),
        _ -> shownAs);
  }

  /** An unquoted YAML 1.1 boolean; null is false. */
  public static ScalarKind<Boolean> bool() {
    return new ScalarKind<Boolean>(
            "boolean",
            Optional.of("false"),
            false,
            List.of(),
            (scalar, _) ->
                Optional.of(scalar)
                    .filter(YamlNode.Scalar::plain)
                    .flatMap(plain -> ScalarResolution.booleanOf(plain.text()))
                    .orElseThrow(() -> invalidBoolean(scalar)),
            value -> value)
        .withShape(new ScalarShape(ScalarShape.Type.BOOLEAN, Optional.empty(), Optional.empty()))
        .withExample("true");
  }

  private static InvalidValueException invalidBoolean(YamlNode.Scalar scalar) {
    String why =
        ScalarResolution.booleanOf(scalar.text()).isPresent() ? ", here without quotes" : "";
    return new InvalidValueException(
        "%s is not a boolean; write true or false%s".formatted(scalar.describe(), why));
  }

  /**
   * An unquoted integer; fractions are dropped, null is 0 (and so below most minimums).
   *
   * @param maximum what larger 64-bit integers are read as, with a warning
   */
  public static ScalarKind<Integer> integer(int minimum, int maximum) {
    return new ScalarKind<Integer>(
            "integer",
            Optional.of("0"),
            false,
            List.of(),
            (scalar, warnings) -> {
              // As nearly all are written; BigDecimal alone takes 10 ms of a command's start.
              OptionalLong simple =
                  scalar.plain()
                      ? ScalarResolution.simpleIntegerOf(scalar.text())
                      : OptionalLong.empty();
              if (simple.isPresent()
                  && simple.getAsLong() >= minimum
                  && simple.getAsLong() <= maximum) {
                return (int) simple.getAsLong();
              }
              BigDecimal number =
                  Optional.of(scalar)
                      .filter(YamlNode.Scalar::plain)
                      .flatMap(plain -> ScalarResolution.numberOf(plain.text()))
                      .orElseThrow(() -> invalidInteger(scalar));
              if (number.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
                throw new InvalidValueException(
                    "%s is too large; at most %d is allowed".formatted(scalar.text(), maximum));
              }
              if (number.compareTo(BigDecimal.valueOf(minimum)) < 0) {
                throw new InvalidValueException(
                    "%s is too small; at least %d is needed".formatted(scalar.text(), minimum));
              }
              int value = number.min(BigDecimal.valueOf(maximum)).intValue();
              if (number.compareTo(BigDecimal.valueOf(value)) != 0) {
                warnings.accept("%s is read as %d".formatted(scalar.text(), value));
              }
              return value;
            },
            value -> value)
        .withShape(
            new ScalarShape(ScalarShape.Type.INTEGER, Optional.empty(), Optional.of(minimum)))
        .withExample("8");
  }

  /**
   * The same, but larger integers are rejected.
   *
   * @param maximum the largest allowed
   */
  public static ScalarKind<Integer> integerUpTo(int minimum, int maximum) {
    return integer(minimum, Integer.MAX_VALUE)
        .restricted(value ->
            value <= maximum
                ? Optional.empty()
                : Optional.of("%d is too large; at most %d is allowed".formatted(value, maximum)));
  }

  private static InvalidValueException invalidInteger(YamlNode.Scalar scalar) {
    String why =
        ScalarResolution.numberOf(scalar.text()).isPresent() ? "; write it without quotes" : "";
    return new InvalidValueException("%s is not an integer%s".formatted(scalar.describe(), why));
  }
}
