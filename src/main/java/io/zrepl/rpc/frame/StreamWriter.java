package io.zrepl.rpc.frame;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Sends a stream in chunks of 512 KiB; only the last one is shorter. No chunk ever has one byte,
 * since a Go peer would end at it: two bytes are held back until the end is known.
 */
public final class StreamWriter {
  private static final int HELD_BACK = 2;
  private static final int LONGEST_ERROR = 32 * 1024;

  /** Where the bytes come from. */
  @FunctionalInterface
  public interface Source<E extends Exception> {
    /**
     * Reads the next bytes into a direct buffer.
     *
     * @return how many, or -1 at the end
     * @throws E if there will be no more although the stream is not complete
     */
    int read(ByteBuffer buffer) throws E;
  }

  private StreamWriter() {}

  /**
   * Sends all of a stream with its end. If the source fails, what came of it is sent, then why it
   * failed, then the end.
   *
   * @param text of a failure, for the other end
   * @throws E the failure of the source, after the other end was told
   * @throws IOException if the connection fails
   */
  public static <E extends Exception> void send(
      FramedConnection connection,
      Source<E> source,
      Class<E> failures,
      java.util.function.Function<E, String> text)
      throws IOException, E {
    // Shared, since a source may hand the buffer to another thread; given back at once, not by GC.
    try (Arena arena = Arena.ofShared()) {
      int size = Frame.HEADER_BYTES + Frame.CHUNK + HELD_BACK;
      ByteBuffer buffer = arena.allocate(size).asByteBuffer();
      buffer.position(Frame.HEADER_BYTES);
      try {
        while (fill(buffer, source)) {
          writeChunk(connection, buffer, Frame.CHUNK);
        }
        writeRest(connection, buffer);
      } catch (Exception e) {
        if (!failures.isInstance(e)) {
          throw e;
        }
        if (length(buffer) != 1) {
          writeRest(connection, buffer);
        }
        connection.writeMessage(
            Frame.Content.SOURCE_ERROR,
            PeerText.encode(text.apply(failures.cast(e)), LONGEST_ERROR));
        throw e;
      }
      connection.writeEnd();
    }
  }

  private static int length(ByteBuffer buffer) {
    return buffer.position() - Frame.HEADER_BYTES;
  }

  /** Whether the buffer is full, so that more than a chunk is there; otherwise it is the end. */
  private static <E extends Exception> boolean fill(ByteBuffer buffer, Source<E> source) throws E {
    while (buffer.hasRemaining()) {
      if (source.read(buffer) < 0) {
        return false;
      }
    }
    return true;
  }

  /** At most one chunk and what is held back. */
  private static void writeRest(FramedConnection connection, ByteBuffer buffer) throws IOException {
    int length = length(buffer);
    if (length > Frame.CHUNK) {
      writeChunk(connection, buffer, length == Frame.CHUNK + 1 ? Frame.CHUNK - 1 : Frame.CHUNK);
    }
    if (length(buffer) == 1) {
      throw new IOException("a stream of one byte cannot be sent");
    }
    if (length(buffer) > 0) {
      writeChunk(connection, buffer, length(buffer));
    }
  }

  /** Writes the first bytes; the rest moves to their place. */
  private static void writeChunk(FramedConnection connection, ByteBuffer buffer, int length)
      throws IOException {
    int end = buffer.position();
    connection.writePart(Frame.Content.ZFS_STREAM, buffer.limit(Frame.HEADER_BYTES + length));
    buffer.clear();
    int from = Frame.HEADER_BYTES + length;
    for (int i = from; i < end; i++) {
      buffer.put(Frame.HEADER_BYTES + i - from, buffer.get(i));
    }
    buffer.position(Frame.HEADER_BYTES + end - from);
  }
}
