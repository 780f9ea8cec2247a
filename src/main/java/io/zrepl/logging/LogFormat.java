package io.zrepl.logging;

/** How log lines look. */
public enum LogFormat {
  /** For people. */
  HUMAN,
  /** {@code key=value} pairs. */
  LOGFMT,
  /** One JSON object a line. */
  JSON
}
