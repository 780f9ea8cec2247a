package io.zrepl.replicate.run;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A sender's stream as it is handed to the receiver: counts what is read, and remembers why the
 * stream broke, since a receiver can often tell only that it did.
 */
final class CountingStream implements SendStream {
  private final SendStream stream;
  private final StepProgress progress;
  private final ProgressMark mark;
  // written by the thread that reads, read by the one that waits for the receiver
  private volatile @Nullable OperationException failure;
  // written by any thread
  private volatile boolean aborted;

  /**
   * Wraps a stream.
   *
   * @param progress counts its bytes
   * @param mark moves with them
   */
  CountingStream(SendStream stream, StepProgress progress, ProgressMark mark) {
    this.stream = stream;
    this.progress = progress;
    this.mark = mark;
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
        progress.addBytes(count);
        mark.advance();
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
