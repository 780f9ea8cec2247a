package io.zrepl.config.schema;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.YamlNode;
import java.util.function.Consumer;

/**
 * Makes a value out of a scalar.
 *
 * @param <T> what it becomes
 */
@FunctionalInterface
public interface ScalarParser<T> {
  /**
   * Parses.
   *
   * @param scalar as written
   * @param warnings takes what is doubtful, each a sentence
   * @throws InvalidValueException if it is not valid; the message says what is allowed
   */
  T parse(YamlNode.Scalar scalar, Consumer<String> warnings) throws InvalidValueException;
}
