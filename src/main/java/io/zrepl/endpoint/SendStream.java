package io.zrepl.endpoint;

import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;

/**
 * A ZFS stream on its way from a sender to a receiver. Whoever got it closes it.
 *
 * <p>The end is part of its meaning: {@link #read} returns -1 only if the sender confirmed that the
 * stream is complete. A producer that failed makes it throw, so that a broken stream never looks
 * like a finished one.
 */
public interface SendStream extends AutoCloseable {

  /** Whether the sender continues from the resume token of the request. */
  boolean usesResumeToken();

  /**
   * Reads the next bytes; called by one thread at a time.
   *
   * @param buffer a direct buffer with room
   * @return number of bytes, at least 1, or -1 at the confirmed end
   * @throws OperationException if the stream broke, its producer failed, or it was aborted
   */
  int read(ByteBuffer buffer) throws OperationException;

  /** Ends a read that is blocked in another thread; it then fails. May be called repeatedly. */
  void abort();

  /** Ends the producer if it still runs. May be called repeatedly, by any thread. */
  @Override
  void close();
}
