package io.zrepl.zfs;

import io.zrepl.model.OperationException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CompletableFuture;

/**
 * Copies a stream from its source into the standard input of {@code zfs receive}, on a platform
 * thread of its own, and closes that input at the end. Never throws: how it ended is its result.
 */
final class StreamCopy {
  // As large as the frames of the wire protocol, and half of the pipe.
  private static final int BUFFER = 512 * 1024;

  /** How copying ended. */
  sealed interface End {
    /** The source said that the stream is complete, and all of it was written. */
    record Complete() implements End {}

    /** The source failed. */
    record SourceFailed(OperationException failure) implements End {}

    /** The process does not read any more. */
    record ProcessStoppedReading(IOException failure) implements End {}

    /** A programming error. */
    record Broken(Throwable failure) implements End {}
  }

  private final StreamSource source;
  private final WritableByteChannel input;
  private final CompletableFuture<End> end = new CompletableFuture<>();

  private StreamCopy(StreamSource source, WritableByteChannel input) {
    this.source = source;
    this.input = input;
  }

  /**
   * Starts to copy.
   *
   * @return completes normally, and before the input is closed
   */
  static CompletableFuture<End> start(StreamSource source, WritableByteChannel input, String name) {
    StreamCopy copy = new StreamCopy(source, input);
    Thread.ofPlatform().daemon().name("zfs-receive " + name).start(copy::run);
    return copy.end;
  }

  private void run() {
    End result;
    // Shared, since a source may hand the buffer to another thread; given back at once, not by GC.
    try (Arena arena = Arena.ofShared()) {
      result = copy(arena.allocate(BUFFER).asByteBuffer());
    } catch (RuntimeException | Error e) {
      result = new End.Broken(e);
    }
    // In this order: the process may end because its input ends, and must not seem to be the cause.
    end.complete(result);
    Closing.quietly(input);
  }

  private End copy(ByteBuffer buffer) {
    while (true) {
      try {
        if (source.read(buffer.clear()) < 0) {
          return new End.Complete();
        }
      } catch (OperationException e) {
        return new End.SourceFailed(e);
      }
      buffer.flip();
      try {
        while (buffer.hasRemaining()) {
          input.write(buffer);
        }
      } catch (IOException e) {
        return new End.ProcessStoppedReading(e);
      }
    }
  }
}
