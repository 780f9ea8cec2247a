package io.zrepl.snapshot.hook;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The last bytes of an output, as many as fit. If some do not fit, what is kept begins with {@code
 * (...)}. Thread-safe.
 */
final class OutputRing {
  private static final byte[] LEFT_OUT = "(...)".getBytes(StandardCharsets.US_ASCII);
  private static final int FIRST_SIZE = 32 * 1024;

  private final int most;
  private byte[] ring;
  private long total;

  /**
   * Makes an empty one.
   *
   * @param most how many bytes are kept, at least 5
   */
  OutputRing(int most) {
    if (most < LEFT_OUT.length) {
      throw new IllegalArgumentException("too few bytes: " + most);
    }
    this.most = most;
    this.ring = new byte[Math.min(most, FIRST_SIZE)];
  }

  /** Adds the first {@code count} bytes of the array. */
  synchronized void add(byte[] bytes, int count) {
    long wanted = Math.min(most, total + count);
    if (wanted > ring.length) {
      ring = Arrays.copyOf(ring, (int) Math.min(most, Math.max(wanted, 2L * ring.length)));
    }
    for (int i = Math.max(0, count - ring.length); i < count; i++) {
      ring[(int) ((total + i) % ring.length)] = bytes[i];
    }
    total += count;
  }

  /** What is kept. */
  synchronized byte[] bytes() {
    if (total <= ring.length) {
      return Arrays.copyOf(ring, (int) total);
    }
    int begin = (int) (total % ring.length);
    byte[] kept = new byte[ring.length];
    System.arraycopy(ring, begin, kept, 0, ring.length - begin);
    System.arraycopy(ring, 0, kept, ring.length - begin, begin);
    System.arraycopy(LEFT_OUT, 0, kept, 0, LEFT_OUT.length);
    return kept;
  }
}
