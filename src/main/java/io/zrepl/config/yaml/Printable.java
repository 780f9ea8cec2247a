package io.zrepl.config.yaml;

/** Text from a file made fit for a terminal: no control characters, bounded length. */
public final class Printable {
  private static final int LONGEST_QUOTE = 80;

  private Printable() {}

  /** The text in double quotes; long text is cut. */
  public static String quote(String text) {
    return "\"" + clean(text, LONGEST_QUOTE) + "\"";
  }

  /**
   * The text with everything escaped that could move a cursor or reorder a line.
   *
   * @param longest number of code points after which the text is cut, with "…" at the end
   */
  public static String clean(String text, int longest) {
    StringBuilder result = new StringBuilder();
    int count = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      if (++count > longest) {
        return result.append('…').toString();
      }
      int c = text.codePointAt(i);
      switch (c) {
        case '\n' -> result.append("\\n");
        case '\r' -> result.append("\\r");
        case '\t' -> result.append("\\t");
        default -> {
          if (isPrintable(c)) {
            result.appendCodePoint(c);
          } else {
            result.append("\\u%04x".formatted(c));
          }
        }
      }
    }
    return result.toString();
  }

  /** Whether a terminal shows the character in one place and nothing else happens. */
  static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> true;
    };
  }
}
