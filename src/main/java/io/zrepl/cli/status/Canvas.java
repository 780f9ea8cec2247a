package io.zrepl.cli.status;

import java.util.Arrays;

/**
 * A screen of cells, each one column wide. All text comes through {@link #put}, which replaces
 * whatever could steer the terminal or is not exactly one column wide. For one thread.
 */
final class Canvas {
  /**
   * Where combining, wide and right-to-left scripts begin; above, few characters are one column.
   */
  private static final int FIRST_UNSAFE = 0x0300;

  private final int rows;
  private final int columns;
  private final char[] cells;
  private final Style[] styles;

  /** Makes an empty screen of at least one cell. */
  Canvas(int rows, int columns) {
    this.rows = Math.max(1, rows);
    this.columns = Math.max(1, columns);
    cells = new char[this.rows * this.columns];
    Arrays.fill(cells, ' ');
    styles = new Style[cells.length];
    Arrays.fill(styles, Style.NORMAL);
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  char cell(int row, int column) {
    return cells[row * columns + column];
  }

  Style style(int row, int column) {
    return styles[row * columns + column];
  }

  /**
   * Writes text; what does not fit is left out, and a mark says so.
   *
   * @param width columns that it may take at most
   */
  void put(int row, int column, int width, String text, Style style) {
    int room = Math.min(width, columns - column);
    if (row < 0 || row >= rows || column < 0 || room <= 0) {
      return;
    }
    int[] points = text.codePoints().limit(room + 1L).toArray();
    for (int i = 0; i < Math.min(points.length, room); i++) {
      boolean cut = points.length > room && i == room - 1;
      cells[row * columns + column + i] = cut ? '…' : safe(points[i]);
      styles[row * columns + column + i] = style;
    }
  }

  /** Gives a part of a row another style. */
  void restyle(int row, int column, int width, Style style) {
    for (int i = column; i < Math.min(columns, column + width); i++) {
      styles[row * columns + i] = style;
    }
  }

  private static char safe(int point) {
    if (point == '\t') {
      return ' ';
    }
    boolean ours = (point >= 0x2500 && point <= 0x259f) || point == '…';
    boolean plain =
        point >= ' '
            && point < FIRST_UNSAFE
            && Character.getType(point) != Character.CONTROL
            && Character.getType(point) != Character.FORMAT;
    return ours || plain ? (char) point : '?';
  }

  /** The text of a row, without blanks at its end. */
  String text(int row) {
    return new String(cells, row * columns, columns).stripTrailing();
  }

  /** Whether a row looks the same as on another screen. */
  boolean sameRow(int row, Canvas other) {
    int from = row * columns;
    int to = from + columns;
    return other.columns == columns
        && other.rows == rows
        && Arrays.equals(cells, from, to, other.cells, from, to)
        && Arrays.equals(styles, from, to, other.styles, from, to);
  }

  /** All rows as text. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < rows; row++) {
      text.append(text(row)).append('\n');
    }
    return text.toString();
  }
}
