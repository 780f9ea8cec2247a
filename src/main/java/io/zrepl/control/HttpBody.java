package io.zrepl.control;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Bodies whose end is known without the end of the connection. Not for several threads. */
abstract sealed class HttpBody extends InputStream {
  final InputStream connection;

  HttpBody(InputStream connection) {
    this.connection = connection;
  }

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public abstract int read(byte[] target, int offset, int length) throws IOException;

  /** Reads from the connection, of which at least one byte must still come. */
  final int readSome(byte[] target, int offset, int length) throws IOException {
    int count = connection.read(target, offset, length);
    if (count < 0) {
      throw new EOFException("the connection ended before the answer was complete");
    }
    return count;
  }

  /** A body of a known length. */
  static final class Fixed extends HttpBody {
    private long left;

    Fixed(InputStream connection, long length) {
      super(connection);
      left = length;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      int count = readSome(target, offset, (int) Math.min(length, left));
      left -= count;
      return count;
    }
  }

  /** A body in chunks. Extensions and trailers are ignored. */
  static final class Chunked extends HttpBody {
    private static final int LONGEST_LINE = 4096;
    private static final int MOST_TRAILERS = 64;

    // Bytes left of the current chunk; 0 before the first and between chunks.
    private long left;
    private boolean first = true;
    private boolean ended;

    Chunked(InputStream connection) {
      super(connection);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0 && !ended) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      int count = readSome(target, offset, (int) Math.min(length, left));
      left -= count;
      return count;
    }

    private void nextChunk() throws IOException {
      if (!first && !line().isEmpty()) {
        throw new IOException("a chunk of the answer is longer than announced");
      }
      first = false;
      String line = line();
      int extension = line.indexOf(';');
      String size = (extension < 0 ? line : line.substring(0, extension)).strip();
      if (!size.matches("[0-9a-fA-F]{1,15}")) {
        throw new IOException("malformed chunk of the answer");
      }
      left = Long.parseLong(size, 16);
      if (left == 0) {
        skipTrailers();
        ended = true;
      }
    }

    private void skipTrailers() throws IOException {
      for (int i = 0; i < MOST_TRAILERS; i++) {
        if (line().isEmpty()) {
          return;
        }
      }
      throw new IOException("too many trailers after the answer");
    }

    private String line() throws IOException {
      return HttpResponse.readLine(connection, LONGEST_LINE, used -> {});
    }
  }
}
