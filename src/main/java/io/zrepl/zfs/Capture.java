package io.zrepl.zfs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Collects bytes: all, or the first and the last ones. Thread-safe, as text is asked for while the
 * child still writes.
 */
final class Capture implements OutputSink {
  private final ByteArrayOutputStream head = new ByteArrayOutputStream();
  private final int headLimit;
  private final byte[] tail;
  private long beyondHead;

  private Capture(int headLimit, int tailLimit) {
    this.headLimit = headLimit;
    this.tail = new byte[tailLimit];
  }

  /** Keeps everything. */
  static Capture everything() {
    return new Capture(Integer.MAX_VALUE, 0);
  }

  /** Keeps so many bytes of the beginning and as many of the end. */
  static Capture headAndTail(int each) {
    if (each <= 0) {
      throw new IllegalArgumentException("limit must be positive: " + each);
    }
    return new Capture(each, each);
  }

  @Override
  public synchronized void add(byte[] bytes, int count) {
    int toHead = Math.min(count, headLimit - head.size());
    head.write(bytes, 0, toHead);
    for (int i = toHead; i < count; i++) {
      tail[(int) (beyondHead++ % tail.length)] = bytes[i];
    }
  }

  /** What was kept; says where something was left out. */
  @Override
  public synchronized String text() {
    String beginning = head.toString(StandardCharsets.UTF_8);
    if (beyondHead == 0) {
      return beginning;
    }
    boolean leftOut = beyondHead > tail.length;
    int length = (int) Math.min(beyondHead, tail.length);
    byte[] end = new byte[length];
    for (int i = 0; i < length; i++) {
      end[i] = tail[(int) ((beyondHead - length + i) % tail.length)];
    }
    if (!leftOut) {
      // decode in one piece, since the border may lie inside a character
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(head.toByteArray());
      all.writeBytes(end);
      return all.toString(StandardCharsets.UTF_8);
    }
    return beginning
        + "\n(%d bytes left out)\n".formatted(beyondHead - tail.length)
        + new String(end, StandardCharsets.UTF_8);
  }
}
