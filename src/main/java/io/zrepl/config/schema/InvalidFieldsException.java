package io.zrepl.config.schema;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values that are valid each for itself are not so together. */
public final class InvalidFieldsException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Map<Field<?>, String> messages;

  /**
   * Creates the exception.
   *
   * @param messages per field, what is wrong and what is allowed; not empty
   */
  public InvalidFieldsException(Map<Field<?>, String> messages) {
    super(messages.values().toString());
    this.messages = new LinkedHashMap<>(messages);
  }

  /** Per field what is wrong. */
  Map<Field<?>, String> messages() {
    return messages;
  }
}
