package io.zrepl.rpc.message;

import io.zrepl.rpc.frame.PeerText;

/** What a peer sent is no valid message of the kind that was expected. */
public final class InvalidMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST = 1000;

  /**
   * Creates the exception.
   *
   * @param message what is wrong, without more of the contents than can be shown
   */
  public InvalidMessageException(String message) {
    super(PeerText.clean(message.substring(0, Math.min(message.length(), LONGEST))));
  }

  /** The message; never null. */
  public String message() {
    return String.valueOf(getMessage());
  }
}
