package io.zrepl.job;

import java.time.Duration;

/**
 * The one remembered reason to run that a job has: raising it any number of times before the job
 * looks makes it run once. Raised by the snapshotter, a timer, or the administrator; may be called
 * by any thread.
 */
public final class Wakeup {
  /** How a limited wait ended. */
  public enum End {
    /** It was raised. */
    RAISED,
    /** The time was over. */
    TIME_OVER,
    /** {@link #cancelWait} ended it. */
    CANCELLED
  }

  // guarded by this
  private boolean raised;
  private boolean cancelled;

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

  /** Ends the limited wait that is going on or about to begin. */
  public synchronized void cancelWait() {
    cancelled = true;
    notifyAll();
  }

  /** Whether a limited wait was cancelled; forgets it. To be asked after each of them. */
  public synchronized boolean takeCancellation() {
    boolean was = cancelled;
    cancelled = false;
    return was;
  }

  /**
   * Waits until raised, which it takes back, until the time is over, or until cancelled.
   *
   * @param longest how long to wait, measured by the monotonic clock
   */
  public synchronized End await(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (!raised && !cancelled) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return End.TIME_OVER;
      }
      // rounded up: waiting zero milliseconds would mean for ever
      wait(left / 1_000_000 + 1);
    }
    if (!raised) {
      return End.CANCELLED;
    }
    raised = false;
    return End.RAISED;
  }
}
