package io.zrepl.zfs;

/**
 * Short, bounded waits that must not be cut off, because what they wait for gives back resources.
 */
final class Uninterruptibly {
  private Uninterruptibly() {}

  /** A wait with a time limit of its own. */
  @FunctionalInterface
  interface Wait {
    /** Waits; true if what was waited for happened. */
    boolean await() throws InterruptedException;
  }

  /** Waits; starts again when interrupted, and keeps the interrupt for the caller. */
  static boolean run(Wait wait) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
