package io.zrepl.cli.status;

import org.jspecify.annotations.Nullable;

/**
 * From screens to what the terminal must be told: only rows that have changed, as one synchronized
 * update, so that nothing flickers. For one thread.
 */
final class Painter {
  /** Other screen, no cursor, no wrapping at the right edge. */
  static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";

  /** Everything as it was. */
  static final String LEAVE = "\u001b[?2026l\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

  private final boolean coloured;
  private final boolean unicode;
  private @Nullable Canvas shown;

  /**
   * Makes one that knows nothing of what is shown.
   *
   * @param coloured whether colours may be used
   * @param unicode whether the terminal understands more than ASCII
   */
  Painter(boolean coloured, boolean unicode) {
    this.coloured = coloured;
    this.unicode = unicode;
  }

  /** The next screen is drawn whole. */
  void forget() {
    shown = null;
  }

  /** What makes the terminal show a screen; empty text if it does so already. */
  String paint(Canvas next) {
    Canvas before = shown;
    StringBuilder changes = new StringBuilder();
    if (before == null || before.rows() != next.rows() || before.columns() != next.columns()) {
      before = null;
      changes.append("\u001b[0m\u001b[2J");
    }
    for (int row = 0; row < next.rows(); row++) {
      if (before == null || !next.sameRow(row, before)) {
        row(changes, next, row);
      }
    }
    shown = next;
    return changes.isEmpty() ? "" : "\u001b[?2026h" + changes + "\u001b[0m\u001b[?2026l";
  }

  private void row(StringBuilder text, Canvas canvas, int row) {
    text.append("\u001b[").append(row + 1).append(";1H");
    Style style = null;
    for (int column = 0; column < canvas.columns(); column++) {
      if (canvas.style(row, column) != style) {
        style = canvas.style(row, column);
        text.append("\u001b[").append(style.parameters(coloured)).append('m');
      }
      char cell = canvas.cell(row, column);
      text.append(unicode ? cell : ascii(cell));
    }
  }

  private static char ascii(char cell) {
    if (cell < 0x7f) {
      return cell;
    }
    return switch (cell) {
      case '│' -> '|';
      case '─' -> '-';
      case '…' -> '~';
      case '█' -> '#';
      case '░' -> '.';
      default -> '?';
    };
  }
}
