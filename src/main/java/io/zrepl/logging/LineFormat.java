package io.zrepl.logging;

/** How an entry becomes a line. Any thread. */
@FunctionalInterface
interface LineFormat {
  /** The line, without line break at its end. A stack trace for people stands in lines below. */
  String line(LogEntry entry);
}
