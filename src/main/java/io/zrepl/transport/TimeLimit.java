package io.zrepl.transport;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Ends something that blocks when its time is over, by closing what it blocks in.
 *
 * <pre>
 * try (TimeLimit limit = TimeLimit.start(time, connection::close)) {
 *   ... blocking ...
 *   limit.done();
 * }
 * </pre>
 */
public final class TimeLimit implements AutoCloseable {
  private static final ScheduledThreadPoolExecutor TIMER = timer();
  private static final int RUNNING = 0;
  private static final int DONE = 1;
  private static final int OVER = 2;

  private final AtomicInteger state = new AtomicInteger(RUNNING);
  private @Nullable ScheduledFuture<?> alarm;

  private TimeLimit() {}

  private static ScheduledThreadPoolExecutor timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("time-limits").factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /**
   * Begins.
   *
   * @param time zero or negative sets no limit
   * @param close ends what blocks; run on a thread of its own
   */
  public static TimeLimit start(Duration time, Runnable close) {
    TimeLimit limit = new TimeLimit();
    if (time.isPositive()) {
      limit.alarm =
          TIMER.schedule(
              () -> {
                if (limit.state.compareAndSet(RUNNING, OVER)) {
                  // Closing may block, and other limits must not wait for it.
                  Thread.ofVirtual().name("time-limit").start(close);
                }
              },
              time.toMillis(),
              TimeUnit.MILLISECONDS);
    }
    return limit;
  }

  /** Whether the time is over, so that a failure has this reason. */
  public boolean isOver() {
    return state.get() == OVER;
  }

  /**
   * All was done in time; from now on nothing is closed.
   *
   * @throws IOException if the time was over before, so that it is closed
   */
  public void done() throws IOException {
    if (!state.compareAndSet(RUNNING, DONE) && isOver()) {
      throw new InterruptedIOException("the time was over");
    }
  }

  /** Ends the limit; nothing is closed any more. */
  @Override
  public void close() {
    state.compareAndSet(RUNNING, DONE);
    ScheduledFuture<?> pending = alarm;
    if (pending != null) {
      pending.cancel(false);
    }
  }
}
