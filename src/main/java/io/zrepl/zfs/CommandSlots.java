package io.zrepl.zfs;

import io.zrepl.base.ProgressMark;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The daemon's one limit on processes of ZFS that run at once; who finds it reached waits, in order
 * of arrival. It has parts of their own for what would starve each other:
 *
 * <table>
 * <caption>Parts</caption>
 * <tr><th>part</th><th>why it is one</th></tr>
 * <tr><td>short commands</td><td>nothing runs without them</td></tr>
 * <tr><td>commands that have run for {@link #SHORT}</td><td>those that hang on one pool must not
 * keep those of other pools from running, so they give their place to others. If there are too many
 * of them, they do not</td></tr>
 * <tr><td>sends</td><td>run for hours</td></tr>
 * <tr><td>receives</td><td>a send may wait for its receive, which must not wait for another
 * send</td></tr>
 * </table>
 *
 * <p>Who waits here for its turn is not stalled: its progress mark moves meanwhile. What runs is
 * watched, so that the turn comes. All methods may be called by any thread.
 */
final class CommandSlots {
  /** How long a command counts as a short one. */
  static final Duration SHORT = Duration.ofMinutes(1);

  private static final int LONG_COMMANDS_PER_SHORT_ONE = 4;
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

  private final Semaphore shortCommands;
  private final Semaphore longCommands;
  private final Semaphore sends;
  private final Semaphore receives;

  /**
   * @param commands how many short commands may run at once
   * @param streams how many sends, and how many receives
   */
  CommandSlots(int commands, int streams) {
    shortCommands = new Semaphore(commands, true);
    longCommands = new Semaphore(commands * LONG_COMMANDS_PER_SHORT_ONE, true);
    sends = new Semaphore(streams, true);
    receives = new Semaphore(streams, true);
  }

  /** Waits until a short command may start; the caller closes the slot. */
  Slot forCommand() throws InterruptedException {
    return take(shortCommands);
  }

  /** Waits until a send may start; the caller closes the slot when it has ended. */
  Slot forSend() throws InterruptedException {
    return take(sends);
  }

  /** Waits until a receive may start; the caller closes the slot when it has ended. */
  Slot forReceive() throws InterruptedException {
    return take(receives);
  }

  /**
   * The slot of a command that is not short any more, in exchange for the one that it has.
   *
   * @return empty if there is none: then it goes on with the one that it has
   */
  Optional<Slot> forLongCommand(Slot own) {
    if (!longCommands.tryAcquire()) {
      return Optional.empty();
    }
    own.close();
    return Optional.of(new Slot(longCommands));
  }

  private static Slot take(Semaphore part) throws InterruptedException {
    if (!part.tryAcquire(0, TimeUnit.SECONDS)) {
      ProgressMark mark = ProgressMark.current();
      while (!part.tryAcquire(SIGN_OF_LIFE.toSeconds(), TimeUnit.SECONDS)) {
        mark.advance();
      }
    }
    return new Slot(part);
  }

  /** A place that is taken. */
  static final class Slot implements AutoCloseable {
    private final Semaphore part;
    private final AtomicBoolean taken = new AtomicBoolean(true);

    private Slot(Semaphore part) {
      this.part = part;
    }

    /** Gives it back; more calls have no effect. */
    @Override
    public void close() {
      if (taken.compareAndSet(true, false)) {
        part.release();
      }
    }
  }
}
