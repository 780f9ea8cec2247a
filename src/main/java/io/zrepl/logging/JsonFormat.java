package io.zrepl.logging;

import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One JSON object a line, keys sorted, always with {@code time} (seconds), {@code level} and {@code
 * msg}. A field of one of these names gives way.
 *
 * @param zone of the time
 */
record JsonFormat(ZoneId zone) implements LineFormat {
  private static final JsonFactory FACTORY = new JsonFactory();

  @Override
  public String line(LogEntry entry) {
    Map<String, String> values = new TreeMap<>();
    entry.fields().forEach(field -> values.put(field.getKey(), field.getValue()));
    entry.job().ifPresent(name -> values.put(LogEntry.JOB, name));
    entry.subsystem().ifPresent(name -> values.put("subsystem", name));
    values.put("level", word(entry.level()));
    values.put("msg", entry.message());
    values.put(
        "time",
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
            entry.time().truncatedTo(ChronoUnit.SECONDS).atZone(zone)));
    if (!entry.stackTrace().isEmpty()) {
      values.put("stack", String.join("\n", entry.stackTrace()));
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      values.forEach(json::writeStringProperty);
      json.writeEndObject();
    }
    return text.toString();
  }

  static String word(LogLevel level) {
    return level.name().toLowerCase(Locale.ROOT);
  }
}
