package io.zrepl.zfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads a stream of a child to its end on a platform thread, so that the child never waits for us.
 */
final class Drain {
  private static final int CHUNK = 64 * 1024;

  private final ReadableByteChannel channel;
  private final OutputSink sink;
  private final long limit;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  // written by the draining thread, read by the one that waits
  private volatile long bytesRead;

  private Drain(ReadableByteChannel channel, OutputSink sink, long limit) {
    this.channel = channel;
    this.sink = sink;
    this.limit = limit;
  }

  /** Begins to drain, however much comes. */
  static Drain start(Executor platformThreads, ReadableByteChannel channel, OutputSink sink) {
    return start(platformThreads, channel, sink, Long.MAX_VALUE);
  }

  /**
   * Begins to drain.
   *
   * @param limit how many bytes may come; with more, reading fails
   */
  static Drain start(
      Executor platformThreads, ReadableByteChannel channel, OutputSink sink, long limit) {
    Drain drain = new Drain(channel, sink, limit);
    platformThreads.execute(drain::readAll);
    return drain;
  }

  private void readAll() {
    try (channel) {
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
      long total = 0;
      int count;
      while ((count = channel.read(buffer.clear())) >= 0) {
        if (total + count > limit) {
          throw MemoryLimit.exceeded(
              "the output of a command is larger than %d MiB".formatted(limit >> 20));
        }
        sink.add(buffer.array(), count);
        total += count;
        bytesRead = total;
      }
      sink.end();
      done.complete(null);
    } catch (AsynchronousCloseException e) {
      done.complete(null); // abandoned by await
    } catch (ClosedChannelException e) {
      done.complete(null);
    } catch (IOException | ZfsException | RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  /**
   * Waits for the end of the stream after the child has exited. All that the child wrote lies in
   * the pipe by then; if nothing comes for a while, somebody else (a child of the child) holds the
   * pipe open, and is not waited for.
   *
   * @param patience how long nothing must come; long enough that even on a starved machine it does
   *     not mean that our own thread had no time
   * @return whether the stream has ended, so that nothing can be missing
   * @throws IOException if reading failed
   * @throws ZfsException if whoever takes the output did not want more of it
   */
  boolean await(Duration patience) throws IOException, ZfsException, InterruptedException {
    long seen = -1;
    while (!done.isDone() && seen != bytesRead) {
      seen = bytesRead;
      awaitOnce(patience);
    }
    boolean ended = done.isDone();
    if (!ended) {
      Closing.quietly(channel);
      awaitOnce(patience);
    }
    if (done.isCompletedExceptionally()) {
      // Whatever it was: what was read may be only a part.
      Throwable failure = done.exceptionNow();
      if (failure instanceof ZfsException refused) {
        throw refused;
      }
      throw failure instanceof IOException io ? io : new IOException(failure);
    }
    return ended;
  }

  private void awaitOnce(Duration patience) throws InterruptedException {
    try {
      done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // looked at by the caller
    }
  }

  /** Stops reading; what was read stays. */
  void abandon() {
    Closing.quietly(channel);
  }

  /** What was read so far. */
  String text() {
    return sink.text();
  }
}
