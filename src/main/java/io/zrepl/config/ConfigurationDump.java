package io.zrepl.config;

import io.zrepl.config.yaml.ScalarResolution;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An effective configuration: all keys, with the defaults filled in. The YAML form is a valid
 * configuration file that means the same; so is the JSON form, since JSON is YAML.
 */
public final class ConfigurationDump {
  private final Object root;

  /**
   * Takes the data.
   *
   * @param root text, booleans, integers, lists and maps of such
   */
  ConfigurationDump(Object root) {
    this.root = root;
  }

  /** The same with nothing but the jobs; a valid configuration too. */
  public ConfigurationDump jobs() {
    return new ConfigurationDump(only(root, "jobs"));
  }

  /** The same with nothing but the log outlets; a valid configuration too. */
  public ConfigurationDump logging() {
    Object global =
        root instanceof Map<?, ?> map && map.get("global") != null ? map.get("global") : Map.of();
    return new ConfigurationDump(Map.of("global", only(Objects.requireNonNull(global), "logging")));
  }

  private static Object only(Object mapping, String key) {
    return mapping instanceof Map<?, ?> map && map.get(key) != null
        ? Map.of(key, Objects.requireNonNull(map.get(key)))
        : Map.of();
  }

  /** As YAML, with a newline at the end. All texts are quoted. */
  public String yaml() {
    StringBuilder out = new StringBuilder();
    block(root, 0, out);
    return out.toString();
  }

  /** As JSON, with a newline at the end. */
  public String json() {
    StringBuilder out = new StringBuilder();
    json(root, 0, out);
    return out.append('\n').toString();
  }

  /** Writes a value that begins at the current column, which is {@code indent}. */
  private static void block(Object value, int indent, StringBuilder out) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(first ? "" : " ".repeat(indent)).append(key(entry.getKey())).append(':');
          first = false;
          if (isScalar(entry.getValue())) {
            out.append(' ');
          } else {
            out.append('\n').append(" ".repeat(indent + 2));
          }
          block(entry.getValue(), indent + 2, out);
        }
      }
      case List<?> list when !list.isEmpty() -> {
        boolean first = true;
        for (Object element : list) {
          out.append(first ? "" : " ".repeat(indent)).append("- ");
          first = false;
          block(element, indent + 2, out);
        }
      }
      default -> out.append(scalar(value)).append('\n');
    }
  }

  private static boolean isScalar(Object value) {
    return !(value instanceof Map<?, ?> map && !map.isEmpty())
        && !(value instanceof List<?> list && !list.isEmpty());
  }

  private static String key(Object key) {
    String text = key.toString();
    boolean plain =
        text.matches("[a-z][a-z_]+")
            && !ScalarResolution.isNull(text)
            && ScalarResolution.booleanOf(text).isEmpty();
    return plain ? text : quote(text);
  }

  private static void json(Object value, int indent, StringBuilder out) {
    String newline = "\n" + " ".repeat(indent + 2);
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        out.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> it = map.entrySet().iterator(); it.hasNext(); ) {
          Map.Entry<?, ?> entry = it.next();
          out.append(newline).append(quote(entry.getKey().toString())).append(": ");
          json(entry.getValue(), indent + 2, out);
          out.append(it.hasNext() ? "," : "");
        }
        out.append('\n').append(" ".repeat(indent)).append('}');
      }
      case List<?> list when !list.isEmpty() -> {
        out.append('[');
        for (Iterator<?> it = list.iterator(); it.hasNext(); ) {
          out.append(newline);
          json(it.next(), indent + 2, out);
          out.append(it.hasNext() ? "," : "");
        }
        out.append('\n').append(" ".repeat(indent)).append(']');
      }
      default -> out.append(scalar(value));
    }
  }

  private static String scalar(Object value) {
    return switch (value) {
      case Map<?, ?> _ -> "{}";
      case List<?> _ -> "[]";
      case String text -> quote(text);
      default -> value.toString();
    };
  }

  private static boolean isSpecial(char c) {
    return c < 0x20
        || (c >= 0x7f && c < 0xa0)
        || c == 0x2028
        || c == 0x2029
        || c == 0xfeff
        || c >= 0xfffe;
  }

  private static boolean isUnpaired(String text, int index) {
    char c = text.charAt(index);
    return (Character.isHighSurrogate(c)
            && (index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1))))
        || (Character.isLowSurrogate(c)
            && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1))));
  }

  /** In double quotes, with escapes that JSON and YAML have in common. */
  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (isSpecial(c) || isUnpaired(text, i)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }
}
