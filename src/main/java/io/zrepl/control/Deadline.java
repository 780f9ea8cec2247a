package io.zrepl.control;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/**
 * Closes something when nothing has happened for too long, so that whoever is blocked in it gets an
 * exception. Its own thread does that; the other methods are for the thread that works.
 */
final class Deadline implements AutoCloseable {
  private final Closeable watched;
  private final long limitNanos;
  // guarded by this
  private long lastProgress;
  private boolean finished;
  private boolean expired;

  /**
   * Starts watching.
   *
   * @param limit longest time without progress
   */
  Deadline(Closeable watched, Duration limit) {
    this.watched = watched;
    this.limitNanos = limit.toNanos();
    this.lastProgress = System.nanoTime();
    // A platform thread: one is cheaper than starting the scheduler of the virtual ones.
    Thread.ofPlatform().daemon().name("control socket deadline").start(this::watch);
  }

  private synchronized void watch() {
    try {
      while (!finished) {
        long left = lastProgress + limitNanos - System.nanoTime();
        if (left <= 0) {
          expired = true;
          watched.close();
          return;
        }
        wait(left / 1_000_000 + 1);
      }
    } catch (InterruptedException | IOException e) {
      // Nobody interrupts this thread; a socket that cannot be closed has ended anyway.
    }
  }

  /** Something happened: the time begins anew. */
  synchronized void progress() {
    lastProgress = System.nanoTime();
  }

  /** Whether the time was over. */
  synchronized boolean expired() {
    return expired;
  }

  @Override
  public synchronized void close() {
    finished = true;
    notifyAll();
  }
}
