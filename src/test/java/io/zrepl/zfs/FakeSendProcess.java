package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** A running send of {@link FakeZfs}: header, then payload. Never blocks. */
final class FakeSendProcess implements SendProcess {
  private final byte[] header;
  private final long length;
  private final OptionalLong failsAt;
  private final Runnable ended;
  private long position;
  private boolean aborted;
  private boolean closed;

  FakeSendProcess(FakeStreamHeader header, OptionalLong failsAfterPayload, Runnable ended) {
    this.header = header.encode();
    this.length = this.header.length + header.size() - header.offset();
    this.failsAt =
        failsAfterPayload.isEmpty()
            ? failsAfterPayload
            : OptionalLong.of(this.header.length + failsAfterPayload.getAsLong());
    this.ended = ended;
  }

  @Override
  public synchronized int read(ByteBuffer buffer) throws OperationException {
    if (closed || aborted) {
      throw failure("zfs send: the stream is closed", false);
    }
    if (failsAt.isPresent() && position >= failsAt.getAsLong()) {
      throw failure("zfs send ended with an injected failure", true);
    }
    long end = Math.min(length, failsAt.orElse(length));
    if (position == end) {
      return -1;
    }
    int count = (int) Math.min(buffer.remaining(), end - position);
    for (int i = 0; i < count; i++) {
      buffer.put(position < header.length ? header[(int) position] : (byte) position);
      position++;
    }
    return count;
  }

  private static ZfsException failure(String message, boolean temporary) {
    return new ZfsException(FailureScope.FILESYSTEM, temporary, message, null, null);
  }

  @Override
  public synchronized void abort() {
    aborted = true;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      ended.run();
    }
  }
}
