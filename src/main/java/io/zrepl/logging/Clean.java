package io.zrepl.logging;

import org.jspecify.annotations.Nullable;

/** Makes control characters visible, so that text from outside can neither end nor forge a line. */
final class Clean {
  private Clean() {}

  static String text(String text) {
    @Nullable StringBuilder result = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c != 0x7f) {
        if (result != null) {
          result.append(c);
        }
        continue;
      }
      if (result == null) {
        result = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      switch (c) {
        case '\n' -> result.append("\\n");
        case '\t' -> result.append("\\t");
        case '\r' -> result.append("\\r");
        default -> result.append("\\x%02x".formatted((int) c));
      }
    }
    return result == null ? text : result.toString();
  }
}
