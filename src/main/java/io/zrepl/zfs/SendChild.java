package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A running {@code zfs send}. The end of its output counts as the end of the stream only after it
 * exited with status 0.
 */
final class SendChild implements SendProcess {
  private static final Duration EXIT_AFTER_OUTPUT = Duration.ofMinutes(1);

  private final ChildProcess child;
  private final String failure;
  private final Commands commands;
  // completed once by abort or close
  private final CompletableFuture<Integer> aborted = new CompletableFuture<>();
  // Reads for virtual threads, which must not block in a pipe; guarded by this
  private @Nullable ExecutorService reader;
  // used by the reading thread only
  private boolean complete;

  /**
   * Wraps a child.
   *
   * @param failure begins the messages, for example "cannot send tank/home@monday"
   */
  SendChild(ChildProcess child, String failure, Commands commands) {
    this.child = child;
    this.failure = failure;
    this.commands = commands;
  }

  @Override
  public int read(ByteBuffer buffer) throws ZfsException {
    if (aborted.isDone()) {
      throw abortedFailure(null);
    }
    if (complete) {
      return -1;
    }
    if (!buffer.hasRemaining()) {
      throw new IllegalArgumentException("no room in the buffer");
    }
    try {
      int count =
          Thread.currentThread().isVirtual()
              ? readOnPlatformThread(buffer)
              : child.output().read(buffer);
      return count >= 0 ? count : requireSuccess();
    } catch (IOException e) {
      throw aborted.isDone()
          ? abortedFailure(e)
          : new ZfsException(
              FailureScope.FILESYSTEM, true, failure + ": " + e.getMessage(), null, e);
    } catch (InterruptedException e) {
      abort();
      Thread.currentThread().interrupt();
      throw abortedFailure(e);
    }
  }

  private int readOnPlatformThread(ByteBuffer buffer) throws IOException, InterruptedException {
    ExecutorService executor;
    synchronized (this) {
      if (aborted.isDone()) {
        throw new IOException("aborted");
      }
      if (reader == null) {
        reader =
            Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("zfs-send-reader").factory());
      }
      executor = reader;
    }
    try {
      return executor.submit(() -> child.output().read(buffer)).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private int requireSuccess() throws ZfsException, InterruptedException {
    int status;
    try {
      Object first =
          CompletableFuture.anyOf(child.exit(), aborted)
              .get(EXIT_AFTER_OUTPUT.toMillis(), TimeUnit.MILLISECONDS);
      status = (Integer) first;
    } catch (TimeoutException e) {
      throw new ZfsException(
          FailureScope.POOL,
          true,
          failure + ": zfs send closed its output but does not end",
          null,
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    if (aborted.isDone()) {
      throw abortedFailure(null);
    }
    if (child.stalledFor().isPresent()) {
      throw Commands.stalled(failure, "zfs send", child.stalledFor().get());
    }
    if (status != 0) {
      String errors = child.errors();
      ZfsProblem problem = commands.problem(errors);
      String message = Commands.message(failure, status, errors);
      throw status > 128 && problem == ZfsProblem.UNRECOGNISED
          ? new ZfsException(FailureScope.FILESYSTEM, true, message, null, null)
          : new ZfsException(problem, message, null);
    }
    complete = true;
    return -1;
  }

  private ZfsException abortedFailure(@Nullable Throwable cause) {
    return new ZfsException(
        FailureScope.FILESYSTEM, true, failure + ": the send was aborted", null, cause);
  }

  @Override
  public void abort() {
    synchronized (this) {
      aborted.complete(-1);
      if (reader != null) {
        reader.shutdown();
      }
    }
    child.kill();
  }

  @Override
  public void close() {
    abort();
    child.close();
  }
}
