package io.zrepl.platform;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;

/** A stream that breaks after so many bytes. */
final class CutStream implements SendStream {
  private final SendStream stream;
  private long left;

  CutStream(SendStream stream, long bytes) {
    this.stream = stream;
    this.left = bytes;
  }

  @Override
  public boolean usesResumeToken() {
    return stream.usesResumeToken();
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    if (left == 0) {
      throw new OperationException(FailureScope.PEER, true, "the stream was cut", null, null);
    }
    int limit = buffer.limit();
    buffer.limit((int) Math.min(limit, buffer.position() + left));
    try {
      int count = stream.read(buffer);
      left -= Math.max(count, 0);
      return count;
    } finally {
      buffer.limit(limit);
    }
  }

  @Override
  public void abort() {
    stream.abort();
  }

  @Override
  public void close() {
    stream.close();
  }
}
