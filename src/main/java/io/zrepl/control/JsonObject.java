package io.zrepl.control;

import io.zrepl.base.InvalidValueException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON object as it was read, with tolerant access: names in any case, unknown ones ignored,
 * absent ones and null alike. Only a value of another type than expected is refused.
 *
 * <p>Made from Jackson's parser alone: binding to classes would double the start-up time of a
 * client command.
 */
final class JsonObject {
  private static final int DEEPEST_NESTING = 64;
  private static final int LONGEST_TEXT = 64 * 1024 * 1024;
  private static final String ZERO_TIME = "0001-01-01T00:00:00Z";

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST_NESTING)
                  .maxStringLength(LONGEST_TEXT)
                  .build())
          .build();

  private final Map<String, @Nullable Object> members;

  private JsonObject(Map<String, @Nullable Object> members) {
    this.members = members;
  }

  /**
   * Reads one object; what comes after it is ignored. Does not close the stream.
   *
   * @throws InvalidValueException if it is not JSON, not an object, or cut off
   * @throws JacksonException only for failures of the stream itself, as the cause
   */
  static JsonObject read(InputStream json) throws InvalidValueException {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidValueException("not a JSON object");
      }
      return new JsonObject(readMembers(parser));
    } catch (tools.jackson.core.exc.JacksonIOException e) {
      throw e;
    } catch (JacksonException e) {
      throw new InvalidValueException("not valid JSON: " + e.getOriginalMessage());
    }
  }

  private static Map<String, @Nullable Object> readMembers(JsonParser parser) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      members.put(name, readValue(parser));
    }
    return members;
  }

  private static @Nullable Object readValue(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> readMembers(parser);
      case START_ARRAY -> {
        List<@Nullable Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(readValue(parser));
        }
        yield elements;
      }
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  // Jobs may differ in case alone; the case of other names does not matter.
  private @Nullable Object member(String name) {
    if (members.containsKey(name)) {
      return members.get(name);
    }
    for (Map.Entry<String, @Nullable Object> member : members.entrySet()) {
      if (member.getKey().equalsIgnoreCase(name)) {
        return member.getValue();
      }
    }
    return null;
  }

  /** The names of all members, in the case in which they were written. */
  Set<String> names() {
    return members.keySet();
  }

  /** A text, empty if absent. */
  String text(String name) throws InvalidValueException {
    return switch (member(name)) {
      case null -> "";
      case String text -> text;
      default -> throw unexpected(name, "a text");
    };
  }

  /** A text, if present and not empty. */
  Optional<String> optionalText(String name) throws InvalidValueException {
    String text = text(name);
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  /** An integer, 0 if absent; what is too large for a long is its largest value. */
  long integer(String name) throws InvalidValueException {
    return switch (member(name)) {
      case null -> 0;
      case Integer number -> number;
      case Long number -> number;
      case java.math.BigInteger number -> number.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
      default -> throw unexpected(name, "an integer");
    };
  }

  /** An integer, empty if absent. */
  OptionalLong optionalInteger(String name) throws InvalidValueException {
    return member(name) == null ? OptionalLong.empty() : OptionalLong.of(integer(name));
  }

  /** A boolean, false if absent. */
  boolean flag(String name) throws InvalidValueException {
    return switch (member(name)) {
      case null -> false;
      case Boolean flag -> flag;
      default -> throw unexpected(name, "true or false");
    };
  }

  /** A time; empty if absent or the zero time. */
  Optional<Instant> time(String name) throws InvalidValueException {
    String text = text(name);
    if (text.isEmpty() || text.equals(ZERO_TIME)) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant());
    } catch (DateTimeException e) {
      throw unexpected(name, "a time (RFC 3339)");
    }
  }

  /** An object, if present. */
  Optional<JsonObject> object(String name) throws InvalidValueException {
    Object value = member(name);
    return value == null ? Optional.empty() : Optional.of(asObject(name, value));
  }

  /** The elements of a list of objects, empty if absent. */
  List<JsonObject> objects(String name) throws InvalidValueException {
    List<JsonObject> objects = new ArrayList<>();
    for (Object element : list(name)) {
      objects.add(asObject(name, element));
    }
    return objects;
  }

  /** The elements of a list of texts, empty if absent. */
  List<String> texts(String name) throws InvalidValueException {
    List<String> texts = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof String text)) {
        throw unexpected(name, "a list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  private List<?> list(String name) throws InvalidValueException {
    return switch (member(name)) {
      case null -> List.of();
      case List<?> elements -> elements;
      default -> throw unexpected(name, "a list");
    };
  }

  // Only readMembers makes maps, so that their keys are texts.
  @SuppressWarnings("unchecked")
  private static JsonObject asObject(String name, @Nullable Object value)
      throws InvalidValueException {
    if (value instanceof Map<?, ?> map) {
      return new JsonObject((Map<String, @Nullable Object>) map);
    }
    throw unexpected(name, "an object");
  }

  private static InvalidValueException unexpected(String name, String expected) {
    return new InvalidValueException("\"" + name + "\" is not " + expected);
  }
}
