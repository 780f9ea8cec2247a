package io.zrepl.logging;

/** One place for log lines. */
public sealed interface OutletSettings {
  /** Lines below this level are left out. */
  LogLevel level();

  /** How lines look. */
  LogFormat format();

  /**
   * The standard output.
   *
   * @param level lines below are left out
   * @param format how lines look
   * @param time whether lines begin with the time; on a terminal they always do
   * @param color whether lines are coloured on a terminal
   */
  record Stdout(LogLevel level, LogFormat format, boolean time, boolean color)
      implements OutletSettings {}
}
