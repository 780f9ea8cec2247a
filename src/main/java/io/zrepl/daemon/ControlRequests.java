package io.zrepl.daemon;

import io.zrepl.control.DaemonStatus;
import java.io.IOException;
import java.io.OutputStream;

/** What the control server asks the daemon. Called by many threads at once; must not block. */
interface ControlRequests {

  /** A request cannot be carried out; the message goes to the client. */
  final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** The version as JSON. */
  byte[] version();

  /** The status of all jobs. */
  DaemonStatus status();

  /** Writes the metrics as {@link io.zrepl.monitoring.Metrics#write} does. */
  void writeMetrics(OutputStream target) throws IOException;

  /**
   * Signals a job.
   *
   * @throws RefusedException if there is no such job or operation, or the job refuses
   */
  void signal(String job, String operation) throws RefusedException;

  /**
   * Tells the daemon as a whole to do something. May wait.
   *
   * @return what to tell, or empty text
   * @throws RefusedException if there is no such operation, or it fails
   */
  default String command(String operation) throws RefusedException {
    throw new RefusedException("operation \"%s\" is invalid".formatted(operation));
  }
}
