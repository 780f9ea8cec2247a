package io.zrepl.cli;

/** A command failed. Its message is all that the user sees; the program ends with status 1. */
public final class CommandException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what failed, why, and what the user can do
   */
  public CommandException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message what failed, why, and what the user can do
   * @param cause the underlying failure, shown only for debugging
   */
  public CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
