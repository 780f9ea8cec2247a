package io.zrepl.control;

/**
 * Asks a job to do something.
 *
 * @param job name of the job
 * @param operation {@link #WAKEUP}, {@link #RESET}, {@link #SNAPSHOT}, {@link #PRUNE} or something
 *     that the daemon refuses
 */
public record SignalRequest(String job, String operation) {
  /** Start an invocation now. */
  public static final String WAKEUP = "wakeup";

  /** Take snapshots now, and start an invocation after them; not known to Go zrepl. */
  public static final String SNAPSHOT = "snapshot";

  /** Prune now, without replicating; not known to Go zrepl. */
  public static final String PRUNE = "prune";

  /** Cancel the running invocation. */
  public static final String RESET = "reset";
}
