package io.zrepl.control;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * An answer of HTTP/1.1 (RFC 9112): the part of it that answers on the control socket use. Bodies
 * are delimited by their length, by chunks, or by the end of the connection.
 *
 * @param status the status code
 * @param body the decoded body; fails with {@link EOFException} if the connection ends too early
 */
record HttpResponse(int status, InputStream body) {
  /** Longest status line and header that is accepted. */
  static final int LONGEST_HEAD = 16 * 1024;

  /**
   * Reads status line and header.
   *
   * @throws IOException if the connection fails, ends, or does not speak HTTP
   */
  static HttpResponse read(InputStream connection) throws IOException {
    while (true) {
      HttpResponse response = readOne(new Head(connection), connection);
      // Interim answers (100 Continue and the like) come before the real one.
      if (response.status >= 200) {
        return response;
      }
    }
  }

  private static HttpResponse readOne(Head head, InputStream connection) throws IOException {
    int status = parseStatus(head.line());
    OptionalLong length = OptionalLong.empty();
    boolean chunked = false;
    for (String line = head.line(); !line.isEmpty(); line = head.line()) {
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new IOException("malformed header line of the answer");
      }
      String value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = OptionalLong.of(parseLength(value, length));
        case "transfer-encoding" -> {
          if (!value.equalsIgnoreCase("chunked")) {
            throw new IOException("transfer encoding of the answer is not supported");
          }
          chunked = true;
        }
        default -> {}
      }
    }
    if (status < 200 || status == 204 || status == 304) {
      return new HttpResponse(status, InputStream.nullInputStream());
    }
    if (chunked) {
      return new HttpResponse(status, new HttpBody.Chunked(connection));
    }
    return new HttpResponse(
        status,
        length.isPresent() ? new HttpBody.Fixed(connection, length.getAsLong()) : connection);
  }

  private static int parseStatus(String line) throws IOException {
    if (line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      return Integer.parseInt(line.substring(9, 12));
    }
    throw new IOException("what listens there does not speak HTTP");
  }

  private static long parseLength(String value, OptionalLong before) throws IOException {
    if (!value.matches("[0-9]{1,18}")) {
      throw new IOException("malformed length of the answer");
    }
    long length = Long.parseLong(value);
    if (before.isPresent() && before.getAsLong() != length) {
      throw new IOException("the answer has two lengths");
    }
    return length;
  }

  /** Lines of a bounded head. */
  private static final class Head {
    private final InputStream connection;
    private int left = LONGEST_HEAD;

    Head(InputStream connection) {
      this.connection = connection;
    }

    String line() throws IOException {
      return readLine(connection, left, used -> left -= used);
    }
  }

  /** Told how many bytes were read. */
  @FunctionalInterface
  interface Counter {
    void used(int bytes);
  }

  /** Reads up to a line feed; returns the line without it and without a carriage return. */
  static String readLine(InputStream connection, int limit, Counter counter) throws IOException {
    byte[] line = new byte[Math.min(limit, 256)];
    int length = 0;
    int count = 0;
    while (true) {
      int next = connection.read();
      if (next < 0) {
        throw new EOFException("the connection ended before the answer was complete");
      }
      if (++count > limit) {
        throw new IOException("the head of the answer is too long");
      }
      if (next == '\n') {
        break;
      }
      if (length == line.length) {
        line = java.util.Arrays.copyOf(line, length * 2);
      }
      line[length++] = (byte) next;
    }
    counter.used(count);
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    return new String(line, 0, length, StandardCharsets.ISO_8859_1);
  }
}
