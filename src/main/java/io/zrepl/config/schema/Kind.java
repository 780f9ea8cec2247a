package io.zrepl.config.schema;

import io.zrepl.config.yaml.YamlNode;
import java.util.Optional;

/**
 * What a YAML value may be, and how it becomes a value of the program. Immutable and shared.
 *
 * @param <T> what it becomes
 */
public sealed interface Kind<T>
    permits ListKind, MapKind, OptionalKind, ScalarKind, Section, Union {
  /** How documentation and messages call it, for example "duration" or "list of keep rules". */
  String name();

  /**
   * Reads a value.
   *
   * @param node the value; a null is one like others, since what it means depends on the key
   * @param path where it stands, for messages
   * @param reading takes the problems
   * @return empty if something is wrong with the value; that was reported
   */
  Optional<Bound<T>> read(YamlNode node, String path, Reading reading);

  /**
   * As YAML, what an explicit null stands for: the zero value. Empty if this kind has none, so that
   * null is an error.
   */
  Optional<String> zero();

  /** A valid value for the documentation, as YAML in one line; empty if there is none. */
  String example();

  /** Whether the value is so empty that a required key may not have it. */
  boolean isEmpty(YamlNode node);
}
