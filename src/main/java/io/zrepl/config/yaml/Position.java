package io.zrepl.config.yaml;

/**
 * A place in a file.
 *
 * @param line from 1; 0 stands for the file as a whole
 * @param column from 1, in code points
 */
public record Position(int line, int column) implements Comparable<Position> {
  /** The file as a whole. */
  public static final Position WHOLE_FILE = new Position(0, 0);

  /** The first character of a file. */
  public static final Position START = new Position(1, 1);

  @Override
  public int compareTo(Position other) {
    return line != other.line
        ? Integer.compare(line, other.line)
        : Integer.compare(column, other.column);
  }
}
