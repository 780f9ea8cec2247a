package io.zrepl.logging;

/** How log lines look. */
public enum LogFormat {
  /** For people. */
  HUMAN
}
