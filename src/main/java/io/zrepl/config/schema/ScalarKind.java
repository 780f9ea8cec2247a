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

  ScalarKind(
      String name,
      Optional<String> zero,
      boolean secret,
      List<String> words,
      ScalarParser<T> parser,
      Function<T, Object> plain) {
    this.name = name;
    this.zero = zero;
    this.secret = secret;
    this.words = List.copyOf(words);
    this.parser = parser;
    this.plain = plain;
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
      reading.error(node, path, "a %s is needed, but this is %s".formatted(name, node.describe()));
      return Optional.empty();
    }
    try {
      T value = parser.parse(scalar, message -> reading.warning(node, path, message));
      return Optional.of(new Bound<>(value, plain.apply(value)));
    } catch (InvalidValueException e) {
      reading.error(
          node, path, secret ? "this is not a valid %s (not shown)".formatted(name) : text(e));
      return Optional.empty();
    }
  }

  private static String text(InvalidValueException e) {
    return Optional.ofNullable(e.getMessage()).orElse("not valid");
  }
}
