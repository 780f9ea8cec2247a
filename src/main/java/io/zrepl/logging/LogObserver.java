package io.zrepl.logging;

/** Counts log lines. Called by any thread, inside of logging: must not block, throw or log. */
public interface LogObserver {
  /** Counts nothing. */
  LogObserver NONE = new LogObserver() {};

  /**
   * There was a line, whether or not an outlet wanted it.
   *
   * @param job empty for the daemon itself
   */
  default void logged(String job, LogLevel level) {}

  /**
   * A line was dropped, because an outlet could not take it.
   *
   * @param outlet its type, and the address if it has one
   */
  default void dropped(String outlet) {}
}
