package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One {@code zfs receive}: watches its process and the {@link StreamCopy} that feeds it.
 *
 * <pre>
 * first event                    then                                       result
 * stream complete                wait for the process                       its status decides
 * source failed                  its input is closed: give the process      the source's failure,
 *                                a moment to save its state, kill it        with the process's words
 * process reads no more          wait a moment for its end, kill it         its status decides
 * process ended, status not 0    abort the source                           the process's failure
 * process ended, all received    give the source a moment to say that       failure if it does not
 *                                the stream is complete
 * interrupt                      abort the source (the caller kills)        InterruptedException
 * </pre>
 *
 * <p>Status 0 alone is never success: the source must have confirmed that the stream is complete.
 */
final class Receiving {
  /** For saving partial state, which writes to the pool. */
  private static final Duration END_AFTER_FAILURE = Duration.ofSeconds(15);

  private static final Duration END_OF_SOURCE = Duration.ofSeconds(60);
  private static final Duration ABORT_OF_SOURCE = Duration.ofSeconds(5);

  private final ChildProcess child;
  private final StreamSource source;
  private final SnapshotPath target;
  private final String what;
  private final Commands commands;
  private final Logger log;

  Receiving(ChildProcess child, StreamSource source, SnapshotPath target, Commands commands) {
    this.child = child;
    this.source = source;
    this.target = target;
    this.what = "cannot receive " + target;
    this.commands = commands;
    this.log = commands.runner().logger(Receiving.class);
  }

  void run() throws OperationException, InterruptedException {
    CompletableFuture<StreamCopy.End> copied =
        StreamCopy.start(source, child.input(), target.toString());
    CompletableFuture<Integer> exit = child.exit();
    try {
      get(CompletableFuture.anyOf(copied, exit));
      if (copied.isDone()) {
        afterCopy(get(copied), exit);
      } else {
        afterExit(get(exit), copied);
      }
    } catch (OperationException | InterruptedException | RuntimeException e) {
      source.abort();
      throw e;
    }
  }

  private void afterCopy(StreamCopy.End end, CompletableFuture<Integer> exit)
      throws OperationException, InterruptedException {
    switch (end) {
      case StreamCopy.End.Complete() -> requireSuccess(get(exit));
      case StreamCopy.End.SourceFailed(OperationException failure) ->
          throw sourceFailure(failure, endAfterFailure(exit));
      case StreamCopy.End.ProcessStoppedReading(var failure) -> {
        OptionalInt status = endAfterFailure(exit);
        if (child.stalledFor().isPresent()) {
          throw Commands.stalled(what, "zfs receive", child.stalledFor().get());
        }
        requireProperties(status, failure);
        if (status.isEmpty() || hasReceived(status.getAsInt())) {
          throw new ZfsException(
              FailureScope.FILESYSTEM,
              true,
              what + ": zfs receive stopped reading before the end of the stream",
              null,
              failure);
        }
        throw ReceiveCommands.failure(commands, what, status.getAsInt(), child.errors());
      }
      case StreamCopy.End.Broken(Throwable failure) -> {
        child.kill();
        throw new IllegalStateException(what, failure);
      }
    }
  }

  private void afterExit(int status, CompletableFuture<StreamCopy.End> copied)
      throws OperationException, InterruptedException {
    if (!hasReceived(status)) {
      source.abort();
      try {
        copied.get(ABORT_OF_SOURCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        log.atWarn().log("the source of a stream does not end although it was aborted: {}", what);
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
      requireSuccess(status);
      return;
    }
    StreamCopy.End end;
    try {
      end = copied.get(END_OF_SOURCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new ZfsException(
          FailureScope.FILESYSTEM,
          true,
          what + ": zfs receive has ended, but the sender does not end its stream",
          null,
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    afterCopy(end, CompletableFuture.completedFuture(status));
  }

  private void requireSuccess(int status) throws ZfsException, InterruptedException {
    if (child.stalledFor().isPresent()) {
      throw Commands.stalled(what, "zfs receive", child.stalledFor().get());
    }
    requireProperties(OptionalInt.of(status), null);
    String errors = child.errors();
    if (hasReceived(status)) {
      if (!errors.isBlank()) {
        log.atWarn()
            .addKeyValue("zfs_errors", MessageText.ofErrors(errors))
            .log("received {}, but zfs receive complains", target);
      }
      return;
    }
    throw ReceiveCommands.failure(commands, what, status, errors);
  }

  /**
   * OpenZFS ends with status 0 although what was demanded of the new dataset is not so. That counts
   * more than what went wrong besides, since who finds the snapshot there would take all for done.
   */
  private void requireProperties(OptionalInt status, @Nullable Throwable besides)
      throws ZfsException, InterruptedException {
    String errors = child.errors();
    if (status.equals(OptionalInt.of(0))
        && ZfsProblem.recognise(errors) == ZfsProblem.PROPERTY_NOT_RECEIVED) {
      throw new ZfsException(
          ZfsProblem.PROPERTY_NOT_RECEIVED, Commands.message(what, 1, errors), besides);
    }
  }

  /** Up to OpenZFS 2.1 a failed mount makes the status 1 although all has been received. */
  private boolean hasReceived(int status) throws InterruptedException {
    return status == 0 || ReceiveCommands.onlyMountFailed(child.errors());
  }

  /** Waits for the process, whose input is closed; kills it if it does not end by itself. */
  private OptionalInt endAfterFailure(CompletableFuture<Integer> exit) throws InterruptedException {
    try {
      return OptionalInt.of(exit.get(END_AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      child.kill();
      return OptionalInt.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private OperationException sourceFailure(OperationException failure, OptionalInt status)
      throws ZfsException, InterruptedException {
    requireProperties(status, failure);
    String end;
    if (status.isEmpty()) {
      end = "zfs receive did not end by itself and was killed";
    } else if (hasReceived(status.getAsInt())) {
      end = "zfs receive had accepted what came";
    } else {
      end = Commands.message("zfs receive said", status.getAsInt(), child.errors());
    }
    return new OperationException(
        failure.scope(),
        failure.temporary(),
        "%s: the stream broke: %s (%s)".formatted(what, failure.message(), end),
        failure.advice().orElse(null),
        failure);
  }

  private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
