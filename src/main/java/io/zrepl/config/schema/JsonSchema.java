package io.zrepl.config.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Declared sections as a <a href="https://json-schema.org/draft-07/json-schema-release-notes">JSON
 * Schema</a> (draft 07, which editors know), as plain data. It allows everything that the program
 * reads, and of what is wrong it finds misspelt keys and words, missing keys and wrong kinds; the
 * program checks more.
 */
public final class JsonSchema {
  private static final List<Object> BOOLEANS =
      List.of(
          true, false, "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE", "n", "N",
          "no", "No", "NO", "off", "Off", "OFF", "False", "FALSE");

  /** What editors that know YAML 1.2 take for text. */
  private static final String NUMBERS_OF_YAML_1_1 =
      "^[-+]?(0[bB][01_]+|0[xX][0-9a-fA-F_]+|[0-9]+_[0-9_]*(\\.[0-9_]*)?)$";

  private final Map<String, Object> definitions = new LinkedHashMap<>();

  private JsonSchema() {}

  /**
   * Writes the schema of a whole file.
   *
   * @param title what it describes
   */
  public static Map<String, Object> of(String title, Section<?> root) {
    JsonSchema schema = new JsonSchema();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("$schema", "http://json-schema.org/draft-07/schema#");
    result.put("title", title);
    result.put("anyOf", List.of(schema.section(root, Optional.empty()), nothing()));
    result.put("definitions", schema.definitions);
    return result;
  }

  private Map<String, Object> kind(Kind<?> kind) {
    return switch (kind) {
      case Section<?> section -> section(section, Optional.empty());
      case OptionalKind<?> optional -> section(optional.section(), Optional.empty());
      case ListKind<?> list -> ordered("type", "array", "items", kind(list.element()));
      case MapKind<?, ?> map -> {
        Map<String, Object> value = kind(map.value());
        yield ordered("type", "object", "additionalProperties", any(value, nothing()));
      }
      case ScalarKind<?> scalar -> scalar(scalar);
      case Union<?> union -> {
        List<Object> variants = new ArrayList<>();
        union
            .variants()
            .forEach((type, section) -> variants.add(section(section, Optional.of(type))));
        yield Map.of("oneOf", variants);
      }
    };
  }

  /** A reference to the definition of a section, which is added if it is not there. */
  private Map<String, Object> section(Section<?> section, Optional<String> type) {
    String name = section.title().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]+", "-");
    if (!definitions.containsKey(name)) {
      definitions.put(name, Map.of()); // keeps the order: outer sections first
      definitions.put(name, definition(section, type));
    }
    return Map.of("$ref", "#/definitions/" + name);
  }

  private Map<String, Object> definition(Section<?> section, Optional<String> type) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<Object> required = new ArrayList<>();
    type.ifPresent(word -> {
      properties.put(Union.TYPE, Map.of("const", word));
      required.add(Union.TYPE);
    });
    for (Field<?> field : section.fields()) {
      properties.put(field.key(), field(field));
      if (field.presence() == Field.Presence.REQUIRED) {
        required.add(field.key());
      }
    }
    Map<String, Object> result = ordered("type", "object", "description", section.meaning());
    result.put("properties", properties);
    result.put("required", required);
    result.put("additionalProperties", false);
    return result;
  }

  private Map<String, Object> field(Field<?> field) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("description", field.meaning());
    field
        .defaultYaml()
        .filter(yaml -> !yaml.equals("{}") && !yaml.equals("~"))
        .ifPresent(_ -> result.put("default", field.defaultValue().plain()));
    List<Object> alternatives = new ArrayList<>(List.of(kind(field.kind())));
    if (field.presence() == Field.Presence.NULL_IS_DEFAULT
        || (field.presence() == Field.Presence.OPTIONAL && field.kind().zero().isPresent())) {
      alternatives.add(nothing());
    }
    result.put("anyOf", alternatives);
    return result;
  }

  private static Map<String, Object> scalar(ScalarKind<?> scalar) {
    if (!scalar.words().isEmpty()) {
      List<Object> words = new ArrayList<>(scalar.words());
      if (words.contains("off")) {
        words.add(false); // what editors that know YAML 1.1 take the unquoted word for
      }
      return Map.of("enum", words);
    }
    ScalarShape shape = scalar.shape();
    return switch (shape.type()) {
      case BOOLEAN -> Map.of("enum", BOOLEANS);
      case INTEGER ->
          any(
              ordered("type", "number", "minimum", shape.minimum().orElse(Integer.MIN_VALUE)),
              ordered("type", "string", "pattern", NUMBERS_OF_YAML_1_1));
      case TEXT -> {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("type", List.of("string", "number", "boolean"));
        shape.pattern().ifPresent(pattern -> result.put("pattern", pattern));
        yield result;
      }
    };
  }

  private static Map<String, Object> any(Object first, Object second) {
    return Map.of("anyOf", List.of(first, second));
  }

  private static Map<String, Object> nothing() {
    return Map.of("type", "null");
  }

  private static Map<String, Object> ordered(
      String key1, Object value1, String key2, Object value2) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put(key1, value1);
    result.put(key2, value2);
    return result;
  }
}
