package io.zrepl.snapshot.hook;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Does something that blocks in a socket, within a time limit. It runs on a virtual thread, whose
 * interrupt closes the socket.
 */
final class Deadline {
  /** How long what was interrupted may take to end before it is left to itself. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private Deadline() {}

  /** A timeout for people, for example {@code 30s} or {@code 0.5s}. */
  static String text(Duration timeout) {
    return BigDecimal.valueOf(timeout.toMillis(), 3).stripTrailingZeros().toPlainString() + "s";
  }

  /** What to do. */
  @FunctionalInterface
  interface Work<T> {
    /** Ends soon when interrupted. */
    T run() throws Exception;
  }

  /**
   * Does it.
   *
   * @param late gets a result that came when nobody waited for it any more, to give it back
   * @param explain makes a failure out of what was thrown
   * @throws HookException if it failed, or did not end in time
   * @throws InterruptedException if the caller was interrupted; the work was, too
   */
  static <T> T within(Duration limit, Work<T> work, Consumer<T> late, Explanation explain)
      throws HookException, InterruptedException {
    CompletableFuture<Optional<T>> result = new CompletableFuture<>();
    AtomicBoolean decided = new AtomicBoolean(); // whether the result belongs to somebody
    Thread thread =
        Thread.ofVirtual()
            .name("hook")
            .start(() -> {
              try {
                T value = work.run();
                if (decided.compareAndSet(false, true)) {
                  result.complete(Optional.of(value));
                } else {
                  late.accept(value);
                  result.complete(Optional.empty());
                }
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    try {
      return result.get(limit.toNanos(), TimeUnit.NANOSECONDS).orElseThrow();
    } catch (TimeoutException e) {
      if (decided.compareAndSet(false, true)) {
        end(thread);
        throw new HookException("timed out after " + text(limit), e);
      }
      return result.join().orElseThrow(); // it came at the last moment
    } catch (InterruptedException e) {
      if (!decided.compareAndSet(false, true)) {
        late.accept(result.join().orElseThrow());
      }
      end(thread);
      throw e;
    } catch (ExecutionException e) {
      throw explain.failure(e.getCause() == null ? e : e.getCause());
    }
  }

  /** Puts a failure into words. */
  @FunctionalInterface
  interface Explanation {
    /** The failure of a hook. */
    HookException failure(Throwable cause);
  }

  private static void end(Thread thread) throws InterruptedException {
    thread.interrupt();
    boolean _ = thread.join(GRACE);
  }
}
