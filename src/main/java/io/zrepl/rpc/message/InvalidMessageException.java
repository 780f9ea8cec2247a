package io.zrepl.rpc.message;

/** What a peer sent is no valid message of the kind that was expected. */
public final class InvalidMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong, without more of the contents than can be shown
   */
  public InvalidMessageException(String message) {
    super(message);
  }

  /** The message; never null. */
  public String message() {
    return String.valueOf(getMessage());
  }
}
