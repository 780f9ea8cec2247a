package io.zrepl.control;

/**
 * Asks a job, or the daemon, to do something.
 *
 * @param job name of the job; empty where the daemon as a whole is meant
 * @param operation one of the constants, or something that the daemon refuses
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

  /** End the job at once, and leave it so over restarts; not known to Go zrepl. */
  public static final String PAUSE = "pause";

  /** Let a paused job run; not known to Go zrepl. */
  public static final String RESUME = "resume";

  /** End the daemon at once; not known to Go zrepl. */
  public static final String STOP = "stop";

  /** End the daemon after the running steps; not known to Go zrepl. */
  public static final String SHUTDOWN = "shutdown";

  /** Read the configuration again; not known to Go zrepl. */
  public static final String RELOAD = "reload";
}
