package io.zrepl.transport;

import java.time.Duration;

/**
 * How the data connections of this process were closed, for metrics. One for the whole process, as
 * what a virtual machine counts of itself: connections are opened in places that know nothing of
 * metrics. Any thread may use it.
 */
public final class ClosingStatistics {
  /** Hears of connections that were closed; must neither block nor throw. */
  public interface Observer {
    /**
     * One was closed.
     *
     * @param drained bytes that were read to the end of the other direction
     * @param draining how long that took
     * @param whole how long all of it took
     */
    void closed(long drained, Duration draining, Duration whole);

    /** The other side could not be told of the end. */
    void hardClosed();
  }

  private static final Observer NOBODY =
      new Observer() {
        @Override
        public void closed(long drained, Duration draining, Duration whole) {}

        @Override
        public void hardClosed() {}
      };

  private static volatile Observer observer = NOBODY;

  private ClosingStatistics() {}

  /** From now on this one hears of them, and no other. */
  public static void observe(Observer newObserver) {
    observer = newObserver;
  }

  /** Who hears of them. */
  public static Observer observer() {
    return observer;
  }
}
