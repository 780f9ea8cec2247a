package io.zrepl.cli.status;

import java.util.ArrayList;
import java.util.List;

/**
 * A line of text in one style.
 *
 * @param text without line feeds; may hold characters that only {@link Canvas} makes harmless
 * @param style how it looks
 */
record StyledLine(String text, Style style) {
  private static final int NARROWEST = 10;

  /** The parts that fit into a width; all but the first are indented three blanks more. */
  List<StyledLine> wrapped(int width) {
    int columns = Math.max(width, NARROWEST);
    if (text.length() <= columns) {
      return List.of(this);
    }
    int leading = text.length() - text.stripLeading().length();
    String further = " ".repeat(Math.min(leading + 3, columns / 2));
    List<StyledLine> parts = new ArrayList<>();
    String rest = text;
    while (rest.length() > columns) {
      int blank = rest.lastIndexOf(' ', columns);
      int begin = rest.length() - rest.stripLeading().length();
      // A long word is cut; a break in the leading blanks would change nothing.
      int cut = blank > begin ? blank : columns;
      parts.add(new StyledLine(rest.substring(0, cut).stripTrailing(), style));
      rest = further + rest.substring(cut).strip();
    }
    parts.add(new StyledLine(rest, style));
    return parts;
  }
}
