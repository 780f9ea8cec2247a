package io.zrepl.job;

/** A job cannot do what the administrator asked of it; the message says why. */
public final class SignalRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message why, naming the job
   */
  public SignalRefusedException(String message) {
    super(message);
  }
}
