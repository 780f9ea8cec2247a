package io.zrepl.base;

/**
 * A text from outside (configuration, peer, command line, output of a program) is not a valid
 * value.
 *
 * <p>The message says what is wrong and what is allowed; it does not say where the text came from.
 */
public class InvalidValueException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong, and what is allowed
   */
  public InvalidValueException(String message) {
    super(message);
  }
}
