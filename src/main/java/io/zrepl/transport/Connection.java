package io.zrepl.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An ordered byte stream in both directions between two daemons.
 *
 * <p>One thread may read while another writes; {@link #shutdownOutput} and {@link #close} may be
 * called by any thread. There are no timeouts: whoever has waited long enough closes the
 * connection, which ends what is blocked in it (see {@link TimeLimit}). Interrupting a thread that
 * is blocked in it closes it as well.
 */
public interface Connection extends AutoCloseable {

  /** Where the other end is, for logs and error texts. */
  String peer();

  /**
   * Reads some bytes; blocks until there are any.
   *
   * @param buffer with room
   * @return how many, at least 1, or -1 if the other end has ended its direction
   */
  int read(ByteBuffer buffer) throws IOException;

  /**
   * Writes some of the bytes; blocks until at least one could be written.
   *
   * @param buffer not empty
   * @return how many, at least 1
   */
  int write(ByteBuffer buffer) throws IOException;

  /** Ends our direction: the other end reads its end after all that was written. */
  void shutdownOutput() throws IOException;

  /** Ends the connection at once, and what is blocked in it. May be called repeatedly. */
  @Override
  void close();

  /** Fills the buffer, or fails. */
  default void readFully(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (read(buffer) < 0) {
        throw new ConnectionEndedException(peer());
      }
    }
  }

  /** Writes all of the buffer. */
  default void writeFully(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      write(buffer);
    }
  }
}
