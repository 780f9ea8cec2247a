package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A stream of given bytes, in portions of a given size; then its end or a failure. */
public final class BytesStream implements SendStream {
  private final byte[] bytes;
  private final int portion;
  private final Optional<OperationException> failure;
  private int position;
  boolean aborted;
  boolean closed;
  int largestRoom;

  /** A stream that comes to its end. */
  public BytesStream(byte[] bytes, int portion) {
    this(bytes, portion, Optional.empty());
  }

  BytesStream(byte[] bytes, int portion, Optional<OperationException> failure) {
    this.bytes = bytes.clone();
    this.portion = portion;
    this.failure = failure;
  }

  /** Reads everything, in portions of that size. */
  static byte[] drain(SendStream stream, int portion) throws OperationException {
    ByteBuffer all = ByteBuffer.allocate(1 << 20);
    ByteBuffer buffer = ByteBuffer.allocateDirect(portion);
    while (stream.read(buffer.clear()) >= 0) {
      all.put(buffer.flip());
    }
    byte[] read = new byte[all.position()];
    all.flip().get(read);
    return read;
  }

  @Override
  public boolean usesResumeToken() {
    return false;
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    if (aborted) {
      throw OperationException.permanent("aborted");
    }
    largestRoom = Math.max(largestRoom, buffer.remaining());
    if (position == bytes.length) {
      if (failure.isPresent()) {
        throw failure.get();
      }
      return -1;
    }
    int count = Math.min(Math.min(portion, buffer.remaining()), bytes.length - position);
    buffer.put(bytes, position, count);
    position += count;
    return count;
  }

  @Override
  public void abort() {
    aborted = true;
  }

  @Override
  public void close() {
    closed = true;
  }
}
