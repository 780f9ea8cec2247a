package io.zrepl.zfs;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The daemon's one limit on short commands that run at once, in order of arrival. Sends and
 * receives need no slot, so that neither kind can starve the other: their number is limited by the
 * steps that the jobs run at once.
 *
 * <p>A command that has run for {@link #SHORT} is not short any more and gives its slot back while
 * it goes on: commands that hang on one pool must not keep those of other pools from running.
 */
final class CommandSlots {
  /** How long a command may occupy a slot. */
  static final Duration SHORT = Duration.ofMinutes(1);

  private final Semaphore free;

  CommandSlots(int count) {
    free = new Semaphore(count, true);
  }

  /** Waits for a slot; the caller closes it. */
  Slot acquire() throws InterruptedException {
    free.acquire();
    return new Slot();
  }

  /** A taken slot. */
  final class Slot implements AutoCloseable {
    private final AtomicBoolean taken = new AtomicBoolean(true);

    /** Gives it back; more calls have no effect. */
    @Override
    public void close() {
      if (taken.compareAndSet(true, false)) {
        free.release();
      }
    }
  }
}
