package io.zrepl.config.schema;

import java.util.Optional;

/**
 * What an editor can check of a single value, see {@link JsonSchema}.
 *
 * @param type what the value is
 * @param pattern ECMA regular expression for the text, if there is one
 * @param minimum smallest allowed number, if there is one
 */
record ScalarShape(Type type, Optional<String> pattern, Optional<Integer> minimum) {
  /** Any text. */
  static final ScalarShape TEXT = new ScalarShape(Type.TEXT, Optional.empty(), Optional.empty());

  /** What a value is. */
  enum Type {
    TEXT,
    BOOLEAN,
    INTEGER
  }
}
