package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;

/** A stream that passes no faster than a bandwidth limit allows. */
final class LimitedStream implements SendStream {
  private final SendStream stream;
  private final BandwidthLimiter.Lane lane;

  private LimitedStream(SendStream stream, BandwidthLimiter.Lane lane) {
    this.stream = stream;
    this.lane = lane;
  }

  /** The stream itself if there is no limit. */
  static SendStream of(SendStream stream, BandwidthLimiter limiter) {
    return limiter.isLimited() ? new LimitedStream(stream, limiter.newLane()) : stream;
  }

  @Override
  public boolean usesResumeToken() {
    return stream.usesResumeToken();
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    int limit = buffer.limit();
    buffer.limit((int) Math.min(limit, (long) buffer.position() + lane.portion()));
    int count;
    try {
      count = stream.read(buffer);
    } finally {
      buffer.limit(limit);
    }
    if (count > 0) {
      await(count);
    }
    return count;
  }

  private void await(int count) throws OperationException {
    try {
      if (lane.pay(count)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    abort();
    throw new OperationException(
        FailureScope.FILESYSTEM,
        true,
        "the stream was aborted while it waited for its share of the bandwidth",
        null,
        null);
  }

  @Override
  public void abort() {
    lane.end();
    stream.abort();
  }

  @Override
  public void close() {
    lane.end();
    stream.close();
  }
}
