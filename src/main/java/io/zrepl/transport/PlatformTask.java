package io.zrepl.transport;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** Does blocking work on one platform thread, for callers that must not block one themselves. */
final class PlatformTask {
  private final ExecutorService thread;
  private final CompletableFuture<Object> ended = new CompletableFuture<>();

  PlatformTask(String name) {
    thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  /**
   * Does the work and waits for it.
   *
   * @throws IOException if the work fails, after {@link #end}, or if the caller is interrupted,
   *     whose status then stays set
   */
  int run(Callable<Integer> work) throws IOException {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    try {
      thread.execute(() -> {
        try {
          result.complete(work.call());
        } catch (Exception e) {
          result.completeExceptionally(e);
        }
      });
      CompletableFuture.anyOf(result, ended).get();
      if (ended.isDone()) {
        throw new IOException("the connection was closed");
      }
      return result.get();
    } catch (RejectedExecutionException e) {
      throw new IOException("the connection was closed", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Ends the waiting of {@link #run}, and the thread as soon as its work is over. */
  void end() {
    ended.complete("");
    thread.shutdown();
  }
}
