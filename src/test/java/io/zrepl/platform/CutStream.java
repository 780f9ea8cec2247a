package io.zrepl.platform;

import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.local.ForwardingSendStream;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;

/** A stream that breaks after so many bytes. */
final class CutStream extends ForwardingSendStream {
  /** What the failure says. */
  static final String MESSAGE = "the test cut the stream";

  private final OperationException failure;
  private long left;

  CutStream(SendStream stream, long bytes, OperationException failure) {
    super(stream);
    this.left = bytes;
    this.failure = failure;
  }

  /** As when the connection is lost. */
  static CutStream byThePeer(SendStream stream, long bytes) {
    return new CutStream(
        stream, bytes, new OperationException(FailureScope.PEER, true, MESSAGE, null, null));
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    if (left == 0) {
      throw failure;
    }
    int limit = buffer.limit();
    buffer.limit((int) Math.min(limit, buffer.position() + left));
    try {
      int count = super.read(buffer);
      left -= Math.max(count, 0);
      return count;
    } finally {
      buffer.limit(limit);
    }
  }
}
