package io.zrepl.zfs;

import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;

/** Where {@link Zfs#receive} takes its stream from. */
public interface StreamSource {

  /**
   * Reads the next bytes. Called by one thread.
   *
   * @param buffer a direct buffer with room
   * @return number of bytes put into the buffer, at least 1, or -1 at the end of a stream that is
   *     known to be complete
   * @throws OperationException if the stream broke, or its producer failed: what was read so far is
   *     not a complete stream
   */
  int read(ByteBuffer buffer) throws OperationException;

  /** Ends a read that is blocked in another thread; it then fails. May be called repeatedly. */
  void abort();
}
