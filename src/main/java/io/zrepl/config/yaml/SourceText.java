package io.zrepl.config.yaml;

import java.util.Arrays;
import java.util.List;

/**
 * The text of a file and what may be shown of it. Values of secret keys are never shown, wherever
 * in the file they stand and whether or not the file can be parsed. Confined to one thread.
 */
public final class SourceText {
  private static final int WIDEST_LINE = 100;
  private static final String INDENT = "  ";

  private final String file;
  private final String text;
  private final List<String> lines;
  private final SecretKeys keys;
  private final HiddenParts hidden;

  // A long line may have many problems: it is made fit for showing once.
  private ShownLine shownLine = new ShownLine(0, 0, new int[0]);

  private static final class ShownLine {
    private final int number;
    private final int version;
    private final int[] codePoints;

    ShownLine(int number, int version, int[] codePoints) {
      this.number = number;
      this.version = version;
      this.codePoints = codePoints;
    }
  }

  /**
   * Takes a text.
   *
   * @param file name for messages
   * @param text all of it, without a byte order mark
   * @param keys tells whose values must not be shown
   */
  public SourceText(String file, String text, SecretKeys keys) {
    this.file = file;
    this.text = text;
    this.lines = List.of(text.split("\r\n|\r|\n", -1));
    this.keys = keys;
    this.hidden = new HiddenParts(lines, keys);
  }

  /** Name for messages. */
  public String file() {
    return file;
  }

  /** The whole text. */
  public String text() {
    return text;
  }

  SecretKeys keys() {
    return keys;
  }

  HiddenParts hidden() {
    return hidden;
  }

  /**
   * The line at a position and a caret below the column.
   *
   * @return empty if there is no such line or nothing on it
   */
  public String snippet(Position position) {
    if (position.line() < 1 || position.line() > lines.size()) {
      return "";
    }
    int[] shown = shown(position.line());
    int caret = Math.min(position.column() - 1, shown.length);
    int from = Math.max(0, Math.min(caret - WIDEST_LINE / 2, shown.length - WIDEST_LINE));
    int to = Math.min(shown.length, from + WIDEST_LINE);
    String line = new String(shown, from, to - from).stripTrailing();
    if (line.isEmpty()) {
      return "";
    }
    String cutLeft = from > 0 ? "…" : "";
    String cutRight = to < shown.length ? "…" : "";
    return INDENT
        + cutLeft
        + line
        + cutRight
        + "\n"
        + INDENT
        + " ".repeat(cutLeft.length() + caret - from)
        + "^";
  }

  private int[] shown(int number) {
    if (shownLine.number != number || shownLine.version != hidden.version()) {
      int[] line = Arrays.stream(hidden.redacted(number)).map(SourceText::visible).toArray();
      shownLine = new ShownLine(number, hidden.version(), line);
    }
    return shownLine.codePoints;
  }

  private static int visible(int c) {
    return c == '\t' ? ' ' : Printable.isPrintable(c) ? c : '?';
  }
}
