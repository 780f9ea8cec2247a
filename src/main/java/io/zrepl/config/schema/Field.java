package io.zrepl.config.schema;

import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.SecretKeys;
import io.zrepl.config.yaml.SourceText;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.config.yaml.YamlReader;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A declared key of a {@link Section}. Not changed after its declaration, and shared.
 *
 * @param <V> what the value becomes
 */
public final class Field<V> {
  // For which the parser need not be asked: reading all defaults is part of each command's start.
  private static final Pattern SIMPLE_SCALAR = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_./]*");

  private final String key;
  private final Kind<V> kind;
  private final Presence presence;
  private final Optional<String> defaultYaml;
  private final String meaning;
  private final String example;
  private boolean portable = true;
  // Read once: a file may leave the key out many times. Two threads may both read it.
  private volatile @Nullable Bound<V> defaultValue;

  Field(
      String key,
      Kind<V> kind,
      Presence presence,
      Optional<String> defaultYaml,
      String meaning,
      String example) {
    this.key = key;
    this.kind = kind;
    this.presence = presence;
    this.defaultYaml = defaultYaml;
    this.meaning = meaning;
    this.example = example;
  }

  /** As written in a file. */
  public String key() {
    return key;
  }

  /** What the value may be. */
  public Kind<V> kind() {
    return kind;
  }

  /** What an absent key and an explicit null mean. */
  public Presence presence() {
    return presence;
  }

  /** The default as YAML; empty for required keys. */
  public Optional<String> defaultYaml() {
    return defaultYaml;
  }

  /** One sentence for the documentation, in Markdown. */
  public String meaning() {
    return meaning;
  }

  /** A value for the documentation, as YAML in one line. */
  public String example() {
    return example;
  }

  /** Marks a key that Go zrepl does not know. Only while declaring. */
  Field<V> notPortable() {
    portable = false;
    return this;
  }

  /** Whether Go zrepl knows the key too. */
  public boolean isPortable() {
    return portable;
  }

  /** What an absent key and an explicit null mean. */
  public enum Presence {
    /** The key must be there, with a value that is not empty. */
    REQUIRED,
    /** Absent: the default. Null: the zero value of the kind, which may be something else. */
    OPTIONAL,
    /** Absent or null: the default. */
    NULL_IS_DEFAULT
  }

  /**
   * Reads the value out of a mapping.
   *
   * @param given the entry, whether merged or not
   * @return empty if something is wrong; that was reported
   */
  Optional<Bound<V>> read(
      Optional<YamlNode.Entry> given, YamlNode section, String path, Reading reading) {
    String child = Reading.child(path, key);
    if (given.isEmpty()) {
      if (presence != Presence.REQUIRED) {
        return Optional.of(defaultValue());
      }
      reading.error(section, child, "this key is required, but missing here");
      return Optional.empty();
    }
    YamlNode node = given.get().value();
    if (!portable) {
      reading.notPortable(given.get().key(), child, "Go zrepl does not know this key");
    }
    if (presence == Presence.REQUIRED) {
      if (given.get().merged()) {
        reading.error(
            section,
            child,
            "this key is required; one that comes from a merge key << does not count");
        return Optional.empty();
      }
      if (node.isNull() || kind.isEmpty(node)) {
        reading.errorWithoutQuote(node, child, "this key is required and must not be empty");
        return Optional.empty();
      }
    }
    return readValue(node, child, reading);
  }

  /** Reads a value that is there, possibly null. */
  Optional<Bound<V>> readValue(YamlNode node, String path, Reading reading) {
    return node.isNull() ? readNull(node, path, reading) : kind.read(node, path, reading);
  }

  private Optional<Bound<V>> readNull(YamlNode node, String path, Reading reading) {
    if (presence == Presence.NULL_IS_DEFAULT) {
      return Optional.of(defaultValue());
    }
    if (kind.zero().isEmpty()) {
      return kind.read(node, path, reading);
    }
    String zero = kind.zero().get();
    defaultYaml
        .filter(text -> !text.equals(zero))
        .ifPresent(text ->
            reading.warning(
                node,
                path,
                "null means %s here, not the default %s; leave the key out to get the default"
                    .formatted(zero, text)));
    return kind.read(at(parse(zero), node.position()), path, reading);
  }

  private static YamlNode at(YamlNode node, Position position) {
    return switch (node) {
      case YamlNode.Scalar scalar -> new YamlNode.Scalar(scalar.text(), scalar.plain(), position);
      case YamlNode.Sequence sequence -> new YamlNode.Sequence(sequence.elements(), position);
      case YamlNode.Mapping mapping -> new YamlNode.Mapping(mapping.entries(), position);
    };
  }

  /** The value of an absent key that is not required. */
  Bound<V> defaultValue() {
    Bound<V> known = defaultValue;
    if (known == null) {
      String text = defaultYaml.orElseThrow();
      Problems problems = new Problems(new SourceText("default", text, SecretKeys.NONE));
      known =
          kind.read(parse(text), key, new Reading(problems))
              .orElseThrow(
                  () -> new IllegalStateException("default of " + key + ": " + problems.errors()));
      defaultValue = known;
    }
    return known;
  }

  private static YamlNode parse(String yaml) {
    if (SIMPLE_SCALAR.matcher(yaml).matches()) {
      return new YamlNode.Scalar(yaml, true, Position.START);
    }
    SourceText source = new SourceText("default", yaml, SecretKeys.NONE);
    Problems problems = new Problems(source);
    return YamlReader.read(source, problems)
        .orElseThrow(() -> new IllegalStateException(problems.errors().toString()));
  }
}
