package io.zrepl.replicate.run;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A sender's stream as it is handed to the receiver: counts what is read, and remembers why the
 * stream broke, since a receiver can often tell only that it did.
 */
final class CountingStream implements SendStream {
  private final SendStream stream;
  private final LongAdder bytes;
  // written by the thread that reads, read by the one that waits for the receiver
  private volatile @Nullable OperationException failure;
  // written by any thread
  private volatile boolean aborted;

  CountingStream(SendStream stream, LongAdder bytes) {
    this.stream = stream;
    this.bytes = bytes;
  }

  @Override
  public boolean usesResumeToken() {
    return stream.usesResumeToken();
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    try {
      int count = stream.read(buffer);
      if (count > 0) {
        bytes.add(count);
      }
      return count;
    } catch (OperationException e) {
      // After an abort the failure is the receiver's own doing.
      if (!aborted && failure == null) {
        failure = e;
      }
      throw e;
    }
  }

  @Override
  public void abort() {
    aborted = true;
    stream.abort();
  }

  @Override
  public void close() {
    stream.close();
  }

  /** Why the stream broke by itself, if it did. */
  Optional<OperationException> failure() {
    return Optional.ofNullable(failure);
  }
}
