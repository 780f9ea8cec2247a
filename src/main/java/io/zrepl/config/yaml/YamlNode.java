package io.zrepl.config.yaml;

import java.util.List;
import java.util.Optional;

/**
 * A YAML value with its place in the file. Aliases are resolved, so that one node may be reachable
 * in many ways; merge keys are resolved too. Immutable.
 */
public sealed interface YamlNode {
  /** Where the value begins. */
  Position position();

  /** What the value is, for messages: "a mapping", "a list", "null", "the text …". */
  String describe();

  /** Whether the value is a null: nothing, {@code ~} or {@code null}, unquoted. */
  default boolean isNull() {
    return false;
  }

  /**
   * A single value.
   *
   * @param text without quotes, escapes resolved
   * @param plain whether it stands without quotes, so that it may be a number, a boolean or null
   * @param position where it begins
   */
  record Scalar(String text, boolean plain, Position position) implements YamlNode {
    @Override
    public boolean isNull() {
      return plain && ScalarResolution.isNull(text);
    }

    /** The text as a string value: that of null is empty. */
    public String string() {
      return isNull() ? "" : text;
    }

    @Override
    public String describe() {
      return isNull() ? "null" : Printable.quote(text);
    }
  }

  /**
   * A list.
   *
   * @param elements in order
   * @param position where it begins
   */
  record Sequence(List<YamlNode> elements, Position position) implements YamlNode {
    /** Copies the list. */
    public Sequence {
      elements = List.copyOf(elements);
    }

    @Override
    public String describe() {
      return "a list";
    }
  }

  /**
   * A mapping. No key occurs twice.
   *
   * @param entries in the order of the file, merged ones last
   * @param position where it begins
   */
  record Mapping(List<Entry> entries, Position position) implements YamlNode {
    /** Copies the list. */
    public Mapping {
      entries = List.copyOf(entries);
    }

    @Override
    public String describe() {
      return "a mapping";
    }

    /** The entry of a key, whether written here or merged. */
    public Optional<Entry> entry(String key) {
      return entries.stream().filter(entry -> entry.key().string().equals(key)).findFirst();
    }

    /** The value of a key, whether written here or merged. */
    public Optional<YamlNode> get(String key) {
      return entry(key).map(Entry::value);
    }
  }

  /**
   * One key of a mapping.
   *
   * @param key a scalar; its {@link Scalar#string()} is the key
   * @param value its value
   * @param merged whether it comes from a merge key {@code <<}
   */
  record Entry(Scalar key, YamlNode value, boolean merged) {}
}
