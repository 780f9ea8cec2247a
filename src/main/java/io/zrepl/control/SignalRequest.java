package io.zrepl.control;

/**
 * Asks a job to do something.
 *
 * @param job name of the job
 * @param operation {@link #WAKEUP}, {@link #RESET} or something that the daemon refuses
 */
public record SignalRequest(String job, String operation) {
  /** Start an invocation now. */
  public static final String WAKEUP = "wakeup";

  /** Cancel the running invocation. */
  public static final String RESET = "reset";
}
