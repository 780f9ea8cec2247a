package io.zrepl.snapshot;

import java.time.Duration;

/**
 * Lets a snapshotter sleep, and a request end the sleep. Requests are remembered until the next
 * sleep, any number of them as one. Injected, so that tests can let years pass at once.
 */
interface RequestableSleep {

  /**
   * Returns after that time, not at all affected by changes of the wall clock, or at a request.
   *
   * @return whether there was a request, which is taken back
   */
  boolean sleep(Duration longest) throws InterruptedException;

  /** Ends the sleep that is going on, or the next one; any thread. */
  void request();

  /** Returns after that time; requests meanwhile are remembered. */
  void pause(Duration time) throws InterruptedException;

  /** Really waits. */
  static RequestableSleep system() {
    return new RequestableSleep() {
      // guarded by this
      private boolean requested;

      @Override
      public synchronized boolean sleep(Duration longest) throws InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        long left = longest.toNanos();
        while (!requested && left > 0) {
          // rounded up: waiting zero milliseconds would mean for ever
          wait(left / 1_000_000 + 1);
          left = deadline - System.nanoTime();
        }
        boolean was = requested;
        requested = false;
        return was;
      }

      @Override
      public void pause(Duration time) throws InterruptedException {
        Thread.sleep(time);
      }

      @Override
      public synchronized void request() {
        requested = true;
        notifyAll();
      }
    };
  }
}
