package io.zrepl.rpc.frame;

import java.nio.charset.StandardCharsets;

/** Texts that go to and come from a peer. */
public final class PeerText {
  private static final int LONGEST_SHOWN = 8 * 1024;

  private PeerText() {}

  /**
   * A text of a peer as it can be logged and shown: of limited length, control characters replaced,
   * so that it cannot garble a terminal or forge lines of a log.
   */
  public static String of(byte[] utf8) {
    return clean(new String(utf8, 0, Math.min(utf8.length, LONGEST_SHOWN), StandardCharsets.UTF_8));
  }

  /** Likewise for a text that is decoded already. */
  public static String clean(String text) {
    String start = text.substring(0, Math.min(text.length(), LONGEST_SHOWN)).strip();
    // Cc has the C1 controls too, Cf what turns the direction of a text around.
    return start.replaceAll("\\R+", "; ").replaceAll("[\\p{Cc}\\p{Cf}]", "?");
  }

  /**
   * A text for a peer, cut so that its encoding has at most so many bytes, and at least two.
   *
   * @param longest in bytes
   */
  public static byte[] encode(String text, int longest) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 2) {
      return "unknown error".getBytes(StandardCharsets.UTF_8);
    }
    int length = Math.min(bytes.length, longest);
    while (length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
      length--; // not within a character
    }
    return java.util.Arrays.copyOf(bytes, length);
  }
}
