package io.zrepl.cli.status;

import io.zrepl.cli.status.Key.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * From the bytes that a terminal sends to keys. A pure function of what was read so far: terminals
 * write the bytes of a key at once, but they may arrive in pieces. What is not known is left out.
 */
final class KeyReader {
  private static final int ESCAPE = 0x1b;

  private KeyReader() {}

  /** Whether the bytes end within a key, or with one that may be the beginning of another. */
  static boolean isIncomplete(byte[] bytes, int length) {
    int last = length - 1;
    while (last >= 0 && bytes[last] != ESCAPE) {
      last--;
    }
    if (last < 0) {
      return false;
    }
    if (last == length - 1) {
      return true;
    }
    boolean sequence = bytes[last + 1] == '[' || bytes[last + 1] == 'O';
    for (int at = last + 2; sequence && at < length; at++) {
      if (bytes[at] >= 0x40) {
        return false;
      }
    }
    return sequence;
  }

  /** The keys of what was read. */
  static List<Key> keys(byte[] bytes, int length) {
    List<Key> keys = new ArrayList<>();
    int at = 0;
    while (at < length) {
      int value = bytes[at] & 0xff;
      boolean sequence =
          value == ESCAPE && at + 2 < length && (bytes[at + 1] == '[' || bytes[at + 1] == 'O');
      if (sequence) {
        int end = at + 2;
        while (end < length - 1 && bytes[end] < 0x40) {
          end++;
        }
        sequence(
            new String(bytes, at + 2, end - at - 1, java.nio.charset.StandardCharsets.ISO_8859_1),
            keys);
        at = end + 1;
      } else {
        single(value, keys);
        at++;
      }
    }
    return keys;
  }

  private static void sequence(String text, List<Key> keys) {
    switch (text) {
      case "A" -> keys.add(Key.of(Kind.UP));
      case "B" -> keys.add(Key.of(Kind.DOWN));
      case "C" -> keys.add(Key.of(Kind.RIGHT));
      case "D" -> keys.add(Key.of(Kind.LEFT));
      case "H", "1~", "7~" -> keys.add(Key.of(Kind.HOME));
      case "F", "4~", "8~" -> keys.add(Key.of(Kind.END));
      case "5~" -> keys.add(Key.of(Kind.PAGE_UP));
      case "6~" -> keys.add(Key.of(Kind.PAGE_DOWN));
      case "Z" -> keys.add(Key.of(Kind.TAB));
      default -> {}
    }
  }

  private static void single(int value, List<Key> keys) {
    switch (value) {
      case ESCAPE -> keys.add(Key.of(Kind.ESCAPE));
      case '\r', '\n' -> keys.add(Key.of(Kind.ENTER));
      case '\t' -> keys.add(Key.of(Kind.TAB));
      case 0x03, 0x04 -> keys.add(Key.of(Kind.INTERRUPT));
      case 0x08, 0x7f -> keys.add(Key.of(Kind.BACKSPACE));
      case 0x15 -> keys.add(Key.of(Kind.CLEAR));
      case 0x1a -> keys.add(Key.of(Kind.SUSPEND));
      case 0x0c -> keys.add(Key.of(Kind.REDRAW));
      case 0x02 -> keys.add(Key.of(Kind.PAGE_UP));
      case 0x06 -> keys.add(Key.of(Kind.PAGE_DOWN));
      default -> {
        if (value >= ' ' && value < 0x7f) {
          keys.add(Key.character((char) value));
        }
      }
    }
  }
}
