package io.zrepl.control;

/**
 * The daemon could not be asked, or it refused.
 *
 * <p>The message is complete: what failed, why, and what the user can do; or, if the daemon
 * refused, the daemon's own text.
 */
public final class ControlException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message the complete text for the user
   */
  public ControlException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message the complete text for the user
   * @param cause the underlying failure
   */
  public ControlException(String message, Throwable cause) {
    super(message, cause);
  }
}
