package io.zrepl.cli.status;

/** A progress bar. */
final class Bar {
  private static final int LONGEST = 50;
  private static final int SHORTEST = 10;

  private Bar() {}

  /**
   * Draws one.
   *
   * @param room columns there are
   */
  static String of(int room, long done, long total) {
    int cells = Math.clamp(room, SHORTEST, LONGEST);
    int filled = total <= 0 ? 0 : (int) Math.clamp((double) cells * done / total, 0.0, cells);
    return "█".repeat(filled) + "░".repeat(cells - filled);
  }
}
