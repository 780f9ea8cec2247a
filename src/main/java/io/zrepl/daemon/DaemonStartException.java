package io.zrepl.daemon;

import org.jspecify.annotations.Nullable;

/** The daemon cannot start; the message is complete, for the administrator. */
public final class DaemonStartException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong, and what to do
   * @param cause the underlying failure, or null
   */
  public DaemonStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
