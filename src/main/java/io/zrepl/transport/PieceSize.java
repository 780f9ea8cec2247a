package io.zrepl.transport;

import java.time.Duration;

/**
 * How much is written to a socket at once. The kernel takes all of a piece before the call returns,
 * and only then does whoever watches the connection see that the peer gets on: pieces are small for
 * a slow peer. For a quick one they are large, which saves up to a fifth of the processor time.
 * Used by one thread at a time.
 */
final class PieceSize {
  static final int SMALL = 128 * 1024;
  static final int LARGE = 1024 * 1024;
  private static final long QUICK = Duration.ofSeconds(1).toNanos();

  private int bytes = SMALL;

  /** The most to write next. */
  int bytes() {
    return bytes;
  }

  /** Learns how long the last piece took; what is much shorter tells nothing about the speed. */
  void wrote(int count, long nanos) {
    if (count >= SMALL) {
      bytes = nanos < QUICK * count / LARGE ? LARGE : SMALL;
    }
  }
}
