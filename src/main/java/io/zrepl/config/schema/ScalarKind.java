package io.zrepl.config.schema;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.YamlNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A single value. Made by {@link Scalars} and {@link Words}.
 *
 * @param <T> what it becomes
 */
public final class ScalarKind<T> implements Kind<T> {

  private final String name;
  private final Optional<String> zero;
  private final boolean secret;
  private final List<String> words;
  private final ScalarParser<T> parser;
  private final Function<T, Object> plain;
  private final ScalarShape shape;
  private final String example;

  ScalarKind(
      String name,
      Optional<String> zero,
      boolean secret,
      List<String> words,
      ScalarParser<T> parser,
      Function<T, Object> plain) {
    this(name, zero, secret, words, parser, plain, ScalarShape.TEXT, "");
  }

  private ScalarKind(
      String name,
      Optional<String> zero,
      boolean secret,
      List<String> words,
      ScalarParser<T> parser,
      Function<T, Object> plain,
      ScalarShape shape,
      String example) {
    this.name = name;
    this.zero = zero;
    this.secret = secret;
    this.words = List.copyOf(words);
    this.parser = parser;
    this.plain = plain;
    this.shape = shape;
    this.example = example;
  }

  /** The same with another example for the documentation, as YAML. */
  public ScalarKind<T> withExample(String yaml) {
    return new ScalarKind<>(name, zero, secret, words, parser, plain, shape, yaml);
  }

  /** The same with a regular expression (ECMA) by which editors can check the text. */
  public ScalarKind<T> withPattern(String pattern) {
    return withShape(new ScalarShape(shape.type(), Optional.of(pattern), shape.minimum()));
  }

  ScalarKind<T> withShape(ScalarShape other) {
    return new ScalarKind<>(name, zero, secret, words, parser, plain, other, example);
  }

  /**
   * The same with one more rule.
   *
   * @param problem what is wrong with a value, if anything
   */
  ScalarKind<T> restricted(Function<T, Optional<String>> problem) {
    ScalarParser<T> stricter =
        (scalar, warnings) -> {
          T value = parser.parse(scalar, warnings);
          Optional<String> message = problem.apply(value);
          if (message.isPresent()) {
            throw new InvalidValueException(message.get());
          }
          return value;
        };
    return new ScalarKind<>(name, zero, secret, words, stricter, plain, shape, example);
  }

  /** What an editor can check. */
  ScalarShape shape() {
    return shape;
  }

  @Override
  public String example() {
    return example;
  }

  @Override
  public String name() {
    return name;
  }

  /** Whether the value must never be shown: not in messages, not in source lines. */
  public boolean isSecret() {
    return secret;
  }

  /** The allowed words; empty if the value is not one of a set of words. */
  public List<String> words() {
    return words;
  }

  @Override
  public Optional<String> zero() {
    return zero;
  }

  @Override
  public boolean isEmpty(YamlNode node) {
    return node instanceof YamlNode.Scalar scalar && (scalar.isNull() || scalar.text().isEmpty());
  }

  @Override
  public Optional<Bound<T>> read(YamlNode node, String path, Reading reading) {
    if (!reading.enter(node, path)) {
      return Optional.empty();
    }
    if (!(node instanceof YamlNode.Scalar scalar)) {
      reading.errorWithoutQuote(
          node, path, "a %s is needed, but this is %s".formatted(name, node.describe()));
      return Optional.empty();
    }
    try {
      T value = parser.parse(scalar, message -> reading.warning(node, path, message));
      return Optional.of(new Bound<>(value, plain.apply(value)));
    } catch (InvalidValueException e) {
      if (secret) {
        reading.errorWithoutQuote(node, path, text(e)); // as Scalars.secret demands
      } else {
        reading.error(node, path, text(e));
      }
      return Optional.empty();
    }
  }

  private static String text(InvalidValueException e) {
    return Optional.ofNullable(e.getMessage()).orElse("not valid");
  }
}
