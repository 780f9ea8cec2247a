package io.zrepl.control;

import java.util.List;
import java.util.OptionalInt;

/**
 * Text in indented lines. Texts from peers and programs go through it: it makes control characters
 * visible, so that no message can steer the terminal.
 *
 * <p>For one thread.
 */
final class TextPage {
  private static final int INDENTATION = 3;
  private static final int NARROWEST = 20;

  private final StringBuilder text = new StringBuilder();
  private final OptionalInt width;
  private int depth;

  /**
   * Makes an empty page.
   *
   * @param width columns at which lines are wrapped; empty for no wrapping
   */
  TextPage(OptionalInt width) {
    this.width = width;
  }

  /** Adds lines, each one level deeper than those of the caller. */
  void indented(Runnable lines) {
    depth++;
    lines.run();
    depth--;
  }

  /** Adds an empty line. */
  void emptyLine() {
    text.append('\n');
  }

  /** Adds a line; line feeds in it begin further lines, indented below it. */
  void line(String line) {
    List<String> parts = line.strip().lines().map(String::stripTrailing).toList();
    if (parts.isEmpty()) {
      emptyLine();
      return;
    }
    // A leading blank is part of a table; only the end may be cut.
    String first = line.lines().filter(part -> !part.isBlank()).findFirst().orElse("");
    wrapped(first.stripTrailing(), depth * INDENTATION);
    for (String part : parts.subList(1, parts.size())) {
      wrapped(part, (depth + 1) * INDENTATION);
    }
  }

  private void wrapped(String unsafe, int indentation) {
    String rest = visible(unsafe);
    int columns = width.isPresent() ? Math.max(width.getAsInt(), NARROWEST) : Integer.MAX_VALUE;
    int indent = Math.min(indentation, columns / 2);
    while (rest.length() > columns - indent) {
      int end = columns - indent;
      int blank = rest.lastIndexOf(' ', end);
      // A long word is cut; a break in the leading blanks would change nothing.
      int cut = blank > 0 && !rest.substring(0, blank).isBlank() ? blank : end;
      text.repeat(' ', indent).append(rest.substring(0, cut).stripTrailing()).append('\n');
      rest = rest.substring(cut).strip();
      indent = Math.min(indentation + INDENTATION, columns / 2);
    }
    text.repeat(' ', indent).append(rest).append('\n');
  }

  private static String visible(String unsafe) {
    StringBuilder safe = new StringBuilder(unsafe.length());
    unsafe
        .codePoints()
        .forEach(c -> {
          if (c == '\t') {
            safe.append("  ");
          } else if (Character.getType(c) == Character.CONTROL
              || Character.getType(c) == Character.FORMAT) {
            safe.append("\\u").append("%04x".formatted(c));
          } else {
            safe.appendCodePoint(c);
          }
        });
    return safe.toString();
  }

  /** All lines. */
  @Override
  public String toString() {
    return text.toString();
  }
}
