package io.zrepl.rpc.control;

import io.zrepl.rpc.ProtocolException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Looks at the frames of HTTP/2 that come, for what the library does not bound: it keeps 8 KiB for
 * each piece of a message, however small, and all of a block of headers before it looks at its
 * size. Used by the reading thread.
 *
 * <pre>
 * event                                 effect
 * DATA, small, not the last of its      uses up one small piece; there are a few, and one more for each
 * call                                  8 KiB that came of all calls that are not complete
 * DATA or HEADERS, last of its call,    the call is forgotten, with its bytes and small pieces
 * or RST_STREAM
 * HEADERS                               a block of headers begins
 * CONTINUATION                          it goes on; its length is limited
 * </pre>
 *
 * <p>Of all calls together, since a lawful peer that takes turns may give one of them what is left
 * of the connection's window again and again, while the others get large pieces.
 */
final class Http2Guard {
  /** Before the frames of a client. */
  static final int PREFACE = 24;

  private static final int HEADER = 9;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int PADDED = 8;

  private static final int KEPT_FOR_EACH = 8 * 1024;
  private static final int SMALL_PIECES = 64;
  private static final int MOST_CALLS = 1000;

  private final int largestHeaders;
  private final ByteBuffer header = ByteBuffer.allocate(HEADER);
  private final Map<Integer, Pieces> calls = new LinkedHashMap<>();
  // of all calls
  private long bytes;
  private long small;
  private long toSkip;
  private int headerBytes;

  /** What came of the request or answer of one call that is not complete. */
  private static final class Pieces {
    private long bytes;
    private int small;
  }

  /**
   * One before which nothing came.
   *
   * @param preface bytes that come before the first frame
   * @param largestHeaders of one block, as it is on the wire
   */
  Http2Guard(int preface, int largestHeaders) {
    this.toSkip = preface;
    this.largestHeaders = largestHeaders;
  }

  /**
   * Some bytes have come.
   *
   * @throws ProtocolException if nobody who means well would send them
   */
  void came(byte[] bytes, int offset, int length) throws ProtocolException {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      if (toSkip > 0) {
        int skipped = (int) Math.min(toSkip, end - at);
        toSkip -= skipped;
        at += skipped;
        continue;
      }
      int count = Math.min(header.remaining(), end - at);
      header.put(bytes, at, count);
      at += count;
      if (!header.hasRemaining()) {
        frame(header.flip());
        header.clear();
      }
    }
  }

  private void frame(ByteBuffer frame) throws ProtocolException {
    int word = frame.getInt();
    int flags = frame.get();
    int stream = frame.getInt() & Integer.MAX_VALUE;
    int length = word >>> Byte.SIZE;
    toSkip = length;
    switch (word & 0xff) {
      case DATA -> data(stream, length, flags);
      case HEADERS -> {
        headerBytes = 0;
        headers(length);
        if ((flags & END_STREAM) != 0) {
          forget(stream);
        }
      }
      case CONTINUATION -> headers(length);
      case RST_STREAM -> forget(stream);
      default -> {
        // The library bounds these.
      }
    }
  }

  private void headers(int length) throws ProtocolException {
    headerBytes += length;
    if (headerBytes > largestHeaders) {
      throw new ProtocolException("more than %d bytes of headers".formatted(largestHeaders));
    }
  }

  private void data(int stream, int length, int flags) throws ProtocolException {
    if ((flags & END_STREAM) != 0) {
      forget(stream);
      return;
    }
    Pieces pieces = calls.computeIfAbsent(stream, key -> new Pieces());
    if (length < KEPT_FOR_EACH || (flags & PADDED) != 0) {
      pieces.small++;
      small++;
    } else {
      pieces.bytes += length;
      bytes += length;
    }
    if (small > SMALL_PIECES + bytes / KEPT_FOR_EACH) {
      throw new ProtocolException("messages in %d small pieces".formatted(small));
    }
    if (calls.size() > MOST_CALLS) {
      // Fewer are open at once: this is one that we have ended ourselves.
      forget(calls.keySet().iterator().next());
    }
  }

  private void forget(int stream) {
    Pieces pieces = calls.remove(stream);
    if (pieces != null) {
      bytes -= pieces.bytes;
      small -= pieces.small;
    }
  }
}
