package io.zrepl.logging;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/**
 * Log lines for people: {@code TIME [LEVEL][job][subsystem]: message key="value" …}.
 *
 * <p>The fields stand in the order in which the program gave them. A line never contains a line
 * break or a control character that came from outside, so that no name of a snapshot can forge a
 * line. A failure of the program itself comes with its stack trace, indented below the line.
 *
 * @param time whether the line begins with the time
 * @param level whether it tells the level
 * @param color whether for a terminal
 * @param zone of the time
 */
record HumanFormat(boolean time, boolean level, boolean color, ZoneId zone) implements LineFormat {
  private static final String RESET = "\u001b[0m";

  @Override
  public String line(LogEntry entry) {
    StringBuilder line = new StringBuilder(160);
    if (time) {
      line.append(
              DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                  entry.time().truncatedTo(ChronoUnit.SECONDS).atZone(zone)))
          .append(' ');
    }
    if (level) {
      appendLevel(line, entry.level());
    }
    entry.job().ifPresent(name -> line.append('[').append(Clean.text(name)).append(']'));
    entry.subsystem().ifPresent(name -> line.append('[').append(name).append(']'));
    line.append(line.isEmpty() ? "" : ": ").append(Clean.text(entry.message()));
    entry
        .fields()
        .forEach(field ->
            line.append(' ')
                .append(field.getKey())
                .append("=\"")
                .append(Clean.text(field.getValue()).replace("\"", "\\\""))
                .append('"'));
    entry.stackTrace().forEach(frame -> line.append("\n    ").append(Clean.text(frame)));
    return line.toString();
  }

  private void appendLevel(StringBuilder line, LogLevel severity) {
    String name =
        switch (severity) {
          case ERROR -> "ERRO";
          case WARN -> "WARN";
          case INFO -> "INFO";
          case DEBUG -> "DEBG";
        };
    line.append('[');
    if (color) {
      line.append(colorOf(severity)).append(name).append(RESET);
    } else {
      line.append(name);
    }
    line.append(']');
  }

  private static String colorOf(LogLevel severity) {
    return switch (severity) {
      case ERROR -> "\u001b[91m";
      case WARN -> "\u001b[93m";
      case INFO -> "\u001b[92m";
      case DEBUG -> "\u001b[94m";
    };
  }
}
