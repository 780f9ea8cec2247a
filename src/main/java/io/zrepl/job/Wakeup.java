package io.zrepl.job;

import java.time.Duration;

/**
 * The one remembered reason to run that a job has: raising it any number of times before the job
 * looks makes it run once. Raised by the snapshotter, a timer, or the administrator; may be called
 * by any thread.
 */
public final class Wakeup {
  // guarded by this
  private boolean raised;

  /** Makes one that is not raised. */
  public Wakeup() {}

  /** Lets the job run as soon as it is idle. */
  public synchronized void raise() {
    raised = true;
    notifyAll();
  }

  /** Waits until raised, and takes it back. */
  public synchronized void await() throws InterruptedException {
    while (!raised) {
      wait();
    }
    raised = false;
  }

  /**
   * Waits until raised or until the time is over, and takes it back.
   *
   * @param longest how long to wait, measured by the monotonic clock
   * @return whether it was raised
   */
  public synchronized boolean await(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (!raised) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      // rounded up: waiting zero milliseconds would mean for ever
      wait(left / 1_000_000 + 1);
    }
    raised = false;
    return true;
  }
}
