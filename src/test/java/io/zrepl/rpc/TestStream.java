package io.zrepl.rpc;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A stream of given bytes, which may fail at its end, or stop until it is aborted. */
public final class TestStream implements SendStream {
  private final byte[] content;
  private final int portion;
  private final @Nullable String failure;
  private final boolean hangs;
  private final CountDownLatch aborted = new CountDownLatch(1);
  private final AtomicInteger closes = new AtomicInteger();
  private int position;

  private TestStream(byte[] content, int portion, @Nullable String failure, boolean hangs) {
    this.content = content;
    this.portion = portion;
    this.failure = failure;
    this.hangs = hangs;
  }

  /** Comes to its end. */
  public static TestStream of(byte[] content) {
    return new TestStream(content, Integer.MAX_VALUE, null, false);
  }

  /** Likewise, in small pieces. */
  public static TestStream ofPortions(byte[] content, int portion) {
    return new TestStream(content, portion, null, false);
  }

  /** Fails after these bytes. */
  public static TestStream failing(byte[] content, String failure) {
    return new TestStream(content, Integer.MAX_VALUE, failure, false);
  }

  /** Gives nothing after these bytes, until aborted. */
  public static TestStream hanging(byte[] content) {
    return new TestStream(content, Integer.MAX_VALUE, null, true);
  }

  @Override
  public boolean usesResumeToken() {
    return false;
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    if (position == content.length) {
      if (hangs) {
        try {
          aborted.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      if (failure != null || aborted.getCount() == 0) {
        throw OperationException.permanent(failure == null ? "aborted" : failure);
      }
      return -1;
    }
    int count = Math.min(Math.min(buffer.remaining(), portion), content.length - position);
    buffer.put(content, position, count);
    position += count;
    return count;
  }

  @Override
  public void abort() {
    aborted.countDown();
  }

  @Override
  public void close() {
    abort();
    closes.incrementAndGet();
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return closes.get() > 0;
  }
}
