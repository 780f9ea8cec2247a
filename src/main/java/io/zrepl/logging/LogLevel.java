package io.zrepl.logging;

/** Severity of a log line, rising. */
public enum LogLevel {
  /** Details for finding faults. */
  DEBUG,
  /** What happens. */
  INFO,
  /** What may need attention. */
  WARN,
  /** What needs attention. */
  ERROR
}
