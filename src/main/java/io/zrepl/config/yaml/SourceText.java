package io.zrepl.config.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
  private final Set<String> secretKeys;
  private final List<Span> secrets = new ArrayList<>();

  // A long line may have many problems: it is made fit for showing once.
  private ShownLine shownLine = new ShownLine(0, 0, new int[0]);

  private record Span(Position from, Position to) {}

  private static final class ShownLine {
    private final int number;
    private final int secrets;
    private final int[] codePoints;

    ShownLine(int number, int secrets, int[] codePoints) {
      this.number = number;
      this.secrets = secrets;
      this.codePoints = codePoints;
    }
  }

  /**
   * Takes a text.
   *
   * @param file name for messages
   * @param text all of it, without a byte order mark
   * @param secretKeys keys whose values must not be shown
   */
  public SourceText(String file, String text, Set<String> secretKeys) {
    this.file = file;
    this.text = text;
    this.lines = List.of(text.split("\r\n|\r|\n", -1));
    this.secretKeys = Set.copyOf(secretKeys);
  }

  /** Name for messages. */
  public String file() {
    return file;
  }

  /** The whole text. */
  public String text() {
    return text;
  }

  /** Whether values of this key must not be shown. */
  boolean isSecret(String key) {
    return secretKeys.contains(key);
  }

  /** Hides a part of the text, from a place up to but not including another. */
  void hide(Position from, Position to) {
    secrets.add(new Span(from, to));
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
    if (shownLine.number != number || shownLine.secrets != secrets.size()) {
      int[] line = redact(number).codePoints().map(SourceText::visible).toArray();
      shownLine = new ShownLine(number, secrets.size(), line);
    }
    return shownLine.codePoints;
  }

  private static int visible(int c) {
    return c == '\t' ? ' ' : Printable.isPrintable(c) ? c : '?';
  }

  private String redact(int number) {
    int[] line = lines.get(number - 1).codePoints().toArray();
    for (Span span : secrets) {
      if (span.from.line() <= number && number <= span.to.line()) {
        int from = span.from.line() == number ? span.from.column() - 1 : 0;
        int to = span.to.line() == number ? span.to.column() - 1 : line.length;
        for (int i = from; i < Math.min(to, line.length); i++) {
          line[i] = line[i] == ' ' && i < indentation(line) ? ' ' : '*';
        }
      }
    }
    return redactByKey(new String(line, 0, line.length));
  }

  private static int indentation(int[] line) {
    int i = 0;
    while (i < line.length && line[i] == ' ') {
      i++;
    }
    return i;
  }

  /**
   * Without a tree (syntax error), everything behind a secret key up to the end of the line goes.
   */
  private String redactByKey(String line) {
    String result = line;
    for (String key : secretKeys) {
      Matcher matcher =
          Pattern.compile("(?<![\\w-])" + Pattern.quote(key) + "[\"']?\\s*:").matcher(result);
      if (matcher.find() && !isHiddenAlready(result.substring(matcher.end()))) {
        result =
            result.substring(0, matcher.end())
                + " "
                + "*".repeat(Math.max(0, result.length() - matcher.end() - 1));
      }
    }
    return result;
  }

  private static boolean isHiddenAlready(String rest) {
    String value = rest.strip();
    return value.isEmpty() || value.startsWith("*");
  }
}
