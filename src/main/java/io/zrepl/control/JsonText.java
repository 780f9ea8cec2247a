package io.zrepl.control;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Writes JSON members in the conventions of the control socket. */
final class JsonText {
  private static final String ZERO_TIME = "0001-01-01T00:00:00Z";
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private final JsonGenerator generator;

  private JsonText(JsonGenerator generator) {
    this.generator = generator;
  }

  /** Writes one object and a newline. Does not close the stream. */
  static void write(OutputStream target, Consumer<JsonText> members) {
    try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), target)) {
      generator.writeStartObject();
      members.accept(new JsonText(generator));
      generator.writeEndObject();
      generator.writeRaw('\n');
    }
  }

  /** The same as a text. */
  static String toText(Consumer<JsonText> members) {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    write(target, members);
    return target.toString(StandardCharsets.UTF_8);
  }

  JsonText text(String name, String value) {
    generator.writeStringProperty(name, value);
    return this;
  }

  JsonText integer(String name, long value) {
    generator.writeNumberProperty(name, value);
    return this;
  }

  JsonText flag(String name, boolean value) {
    generator.writeBooleanProperty(name, value);
    return this;
  }

  JsonText time(String name, Optional<Instant> value) {
    generator.writeStringProperty(name, value.map(JsonText::rfc3339).orElse(ZERO_TIME));
    return this;
  }

  JsonText nothing(String name) {
    generator.writeNullProperty(name);
    return this;
  }

  JsonText object(String name, Runnable members) {
    generator.writeName(name);
    generator.writeStartObject();
    members.run();
    generator.writeEndObject();
    return this;
  }

  /** An object, or null. */
  <T> JsonText object(String name, Optional<T> value, Consumer<T> members) {
    if (value.isEmpty()) {
      return nothing(name);
    }
    return object(name, () -> members.accept(value.get()));
  }

  /** A list of objects. */
  <T> JsonText objects(String name, List<T> values, Consumer<T> members) {
    generator.writeName(name);
    generator.writeStartArray();
    for (T value : values) {
      generator.writeStartObject();
      members.accept(value);
      generator.writeEndObject();
    }
    generator.writeEndArray();
    return this;
  }

  /** A list of objects, or null instead of an empty one. */
  <T> JsonText objectsOrNull(String name, List<T> values, Consumer<T> members) {
    return values.isEmpty() ? nothing(name) : objects(name, values, members);
  }

  JsonText texts(String name, List<String> values) {
    generator.writeName(name);
    generator.writeStartArray();
    values.forEach(generator::writeString);
    generator.writeEndArray();
    return this;
  }

  /**
   * RFC 3339 in UTC, with as many digits of the fraction as are needed: the form in which Go writes
   * times.
   */
  static String rfc3339(Instant time) {
    ZonedDateTime utc = time.atZone(ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(32);
    append(text, utc.getYear(), 4).append('-');
    append(text, utc.getMonthValue(), 2).append('-');
    append(text, utc.getDayOfMonth(), 2).append('T');
    append(text, utc.getHour(), 2).append(':');
    append(text, utc.getMinute(), 2).append(':');
    append(text, utc.getSecond(), 2);
    if (utc.getNano() != 0) {
      append(text.append('.'), utc.getNano(), 9);
      int end = text.length();
      while (text.charAt(end - 1) == '0') {
        end--;
      }
      text.setLength(end);
    }
    return text.append('Z').toString();
  }

  static StringBuilder append(StringBuilder text, int number, int digits) {
    String decimal = Integer.toString(number);
    return text.append("0".repeat(Math.max(0, digits - decimal.length()))).append(decimal);
  }
}
