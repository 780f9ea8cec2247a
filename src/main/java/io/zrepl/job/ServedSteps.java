package io.zrepl.job;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;

/**
 * Counts the steps of clients that a passive job serves, so that the daemon can end after them. Any
 * thread may call.
 */
final class ServedSteps {
  // guarded by this
  private int running;
  private boolean finishing;

  /**
   * A step begins.
   *
   * @throws OperationException if none may begin any more; it may be tried again later
   */
  synchronized void begin() throws OperationException {
    if (finishing) {
      throw new OperationException(
          FailureScope.JOB,
          true,
          "the daemon is shutting down, and begins no more steps",
          null,
          null);
    }
    running++;
  }

  synchronized void end() {
    running--;
    if (running == 0) {
      notifyAll();
    }
  }

  /** From now on none begins. */
  synchronized void finish() {
    finishing = true;
  }

  /** Waits until none runs; to be called after {@link #finish}. */
  synchronized void awaitNone() throws InterruptedException {
    while (running > 0) {
      wait();
    }
  }
}
