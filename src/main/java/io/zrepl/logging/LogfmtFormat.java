package io.zrepl.logging;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;

/**
 * {@code time=… level=… job=… subsystem=… msg=… key=value …}; values are in double quotes where
 * they need it. The fields stand in the order in which the program gave them.
 *
 * @param time whether the line tells the time
 * @param level whether it tells the level
 * @param zone of the time, which has nanoseconds
 */
record LogfmtFormat(boolean time, boolean level, ZoneId zone) implements LineFormat {
  @Override
  public String line(LogEntry entry) {
    StringBuilder line = new StringBuilder(200);
    if (time) {
      append(
          line, "time", DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(entry.time().atZone(zone)));
    }
    if (level) {
      append(line, "level", JsonFormat.word(entry.level()));
    }
    entry.job().ifPresent(name -> append(line, LogEntry.JOB, name));
    if (entry.job().isPresent()) {
      entry.subsystem().ifPresent(name -> append(line, "subsystem", name));
    }
    append(line, "msg", entry.message());
    if (entry.job().isEmpty()) {
      entry.subsystem().ifPresent(name -> append(line, "subsystem", name));
    }
    entry.fields().forEach(field -> append(line, field.getKey(), field.getValue()));
    if (!entry.stackTrace().isEmpty()) {
      append(line, "stack", entry.stackTrace().stream().collect(Collectors.joining("\n")));
    }
    return line.toString();
  }

  private static void append(StringBuilder line, String key, String value) {
    if (!line.isEmpty()) {
      line.append(' ');
    }
    String word = key.replaceAll("[\\s=\"\\p{Cntrl}]", "_");
    line.append(word).append('=');
    boolean plain =
        value.chars().allMatch(c -> c > ' ' && c != '=' && c != '"' && c != 0x7f && c != '\\');
    if (plain) {
      line.append(value);
    } else {
      line.append('"')
          .append(Clean.text(value.replace("\\", "\\\\").replace("\"", "\\\"")))
          .append('"');
    }
  }
}
