package io.zrepl.base;

import java.util.concurrent.atomic.LongAdder;

/**
 * Moves when some piece of work really gets on: bytes arrived, a child process computed. Never
 * moved on an error path, so that whoever watches it can tell work from waiting.
 *
 * <p>The work that a thread does has one current mark; whatever moves bytes or looks after child
 * processes finds it there, however many layers lie in between, and keeps it for its other threads.
 * All methods may be called by any thread.
 */
public final class ProgressMark {
  private static final ScopedValue<ProgressMark> CURRENT = ScopedValue.newInstance();

  private final LongAdder steps = new LongAdder();

  /** A mark that has not moved. */
  public ProgressMark() {}

  /**
   * The mark of the work that the calling thread does.
   *
   * @return one that nobody watches if the thread's work has none
   */
  public static ProgressMark current() {
    return CURRENT.isBound() ? CURRENT.get() : new ProgressMark();
  }

  /** Moves the mark. */
  public void advance() {
    steps.increment();
  }

  /** How far it has moved; only whether this changes means something. */
  public long value() {
    return steps.sum();
  }

  /**
   * Does work whose mark this is.
   *
   * @return what the work returns
   * @throws E what the work throws
   */
  public <T, E extends Exception> T during(Work<T, E> work) throws E {
    return ScopedValue.where(CURRENT, this).call(work::run);
  }

  /**
   * As {@link #during}, for work that can be interrupted.
   *
   * @throws InterruptedException if the work was
   */
  public <T, E extends Exception> T duringInterruptible(InterruptibleWork<T, E> work)
      throws E, InterruptedException {
    try {
      return during(() -> {
        try {
          return work.run();
        } catch (InterruptedException e) {
          throw new Interruption(e);
        }
      });
    } catch (Interruption e) {
      throw e.cause;
    }
  }

  /** Carries an interruption past code that knows one kind of failure only. */
  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final InterruptedException cause;

    Interruption(InterruptedException cause) {
      super(cause);
      this.cause = cause;
    }
  }

  /**
   * Some work that can be interrupted.
   *
   * @param <T> its result
   * @param <E> how it can fail otherwise
   */
  @FunctionalInterface
  public interface InterruptibleWork<T, E extends Exception> {
    /** Does it. */
    T run() throws E, InterruptedException;
  }

  /**
   * Some work.
   *
   * @param <T> its result
   * @param <E> how it can fail
   */
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    /** Does it. */
    T run() throws E;
  }
}
