package io.zrepl.transport;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Closes what is not needed any more, where a failure of that tells nothing. */
final class Closing {
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final int LAST_WORDS_BYTES = 64 * 1024;

  private Closing() {}

  static void quietly(Closeable resource) {
    try {
      resource.close();
    } catch (IOException e) {
      // nothing was to be written any more
    }
  }

  /**
   * Closes a connection whose other end shall still read what was just written. TCP answers what
   * arrives at a closed socket, or was not read from it, with a reset, which can overtake that; so
   * some of it is read, for a moment.
   */
  static void afterLastWords(SocketChannel channel) {
    try (channel;
        TimeLimit limit = TimeLimit.start(LAST_WORDS, () -> quietly(channel))) {
      channel.shutdownOutput();
      ByteBuffer ignored = ByteBuffer.allocate(LAST_WORDS_BYTES);
      while (ignored.hasRemaining() && channel.read(ignored) >= 0) {
        // until the other end has closed too
      }
      limit.done();
    } catch (IOException e) {
      // it is closed all the same
    }
  }
}
