package io.zrepl.prune;

import io.zrepl.base.ProgressMark;
import io.zrepl.base.UnitDuration;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a side what pruning another one can do without, on a thread of its own: whoever asks gives
 * up when nothing has moved for a while, whatever becomes of the question.
 */
final class BoundedQuestion {
  private static final int LOOKS = 10;
  private static final Duration GRACE = Duration.ofSeconds(10);

  private BoundedQuestion() {}

  /**
   * A question.
   *
   * @param <T> the answer
   */
  @FunctionalInterface
  interface Question<T> {
    /** Blocks until it is answered. */
    T ask() throws OperationException, InterruptedException;
  }

  /**
   * Blocks until the question is answered, or was cancelled because the mark of the calling thread
   * did not move for too long.
   *
   * @param whom names the side
   * @param patience how long to wait without any progress
   * @throws OperationException what the question throws; or with scope peer if there was no answer
   */
  static <T> T ask(String whom, Duration patience, Question<T> question)
      throws OperationException, InterruptedException {
    ProgressMark mark = ProgressMark.current();
    FutureTask<T> task = new FutureTask<>(() -> mark.during(question::ask));
    Thread thread = Thread.ofVirtual().name("question to the " + whom).start(task);
    long seen = mark.value();
    int quiet = 0;
    while (quiet < LOOKS) {
      try {
        return task.get(patience.dividedBy(LOOKS).toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        long moved = mark.value();
        quiet = moved == seen ? quiet + 1 : 0;
        seen = moved;
      } catch (ExecutionException e) {
        throw failure(Objects.requireNonNull(e.getCause()));
      } catch (InterruptedException e) {
        task.cancel(true);
        boolean _ = thread.join(GRACE);
        throw e;
      }
    }
    task.cancel(true);
    throw new OperationException(
        FailureScope.PEER,
        true,
        "the %s did not answer for %s".formatted(whom, UnitDuration.format(patience)),
        "look for a dead connection, a hung zfs process or a suspended pool (zpool status) there",
        null);
  }

  private static OperationException failure(Throwable cause) throws InterruptedException {
    return switch (cause) {
      case OperationException e -> e;
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    };
  }
}
