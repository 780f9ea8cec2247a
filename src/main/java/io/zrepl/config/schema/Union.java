package io.zrepl.config.schema;

import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.YamlNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A mapping whose key {@code type} chooses the section that describes it.
 *
 * @param <T> what all the sections become
 */
public final class Union<T> implements Kind<T> {
  /** The key that chooses. */
  public static final String TYPE = "type";

  /** Of a mapping with more keys, the rest is not searched for one that was meant. */
  private static final int MOST_CANDIDATES = 100;

  private final String name;
  private final Map<String, Section<? extends T>> variants = new LinkedHashMap<>();

  private Union(String name) {
    this.name = name;
  }

  /** Starts the declaration; {@code name} is a noun such as "job". */
  public static <T> Union<T> named(String name) {
    return new Union<>(name);
  }

  /** Adds a type. Only while declaring. */
  public Union<T> variant(String type, Section<? extends T> section) {
    variants.put(type, section);
    return this;
  }

  /** The type that a value gives itself, whether there is such a type or not. */
  public static Optional<String> typeOf(YamlNode node) {
    return node instanceof YamlNode.Mapping mapping
        ? mapping
            .get(TYPE)
            .flatMap(type ->
                type instanceof YamlNode.Scalar word ? Optional.of(word.text()) : Optional.empty())
        : Optional.empty();
  }

  /** The section of each type, in order. */
  public Map<String, Section<? extends T>> variants() {
    return Collections.unmodifiableMap(variants);
  }

  @Override
  public String example() {
    Map.Entry<String, Section<? extends T>> first = variants.entrySet().iterator().next();
    return first.getValue().example(Optional.of(first.getKey()));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> zero() {
    return Optional.empty();
  }

  @Override
  public boolean isEmpty(YamlNode node) {
    return false;
  }

  @Override
  public Optional<Bound<T>> read(YamlNode node, String path, Reading reading) {
    if (!reading.enter(node, path)) {
      return Optional.empty();
    }
    if (!(node instanceof YamlNode.Mapping mapping)) {
      String needed = "a %s is needed, which is a mapping with a key \"type\"".formatted(name);
      if (SecretWords.holdSecrets(this)) {
        reading.hide(node); // perhaps the secret alone
        reading.errorWithoutQuote(node, path, needed);
      } else {
        reading.error(node, path, needed + ", but this is " + node.describe());
      }
      return Optional.empty();
    }
    String typePath = Reading.child(path, TYPE);
    Optional<YamlNode> type =
        mapping.entry(TYPE).filter(entry -> !entry.merged()).map(YamlNode.Entry::value);
    if (type.isEmpty()) {
      reading.error(node, typePath, missingType(mapping));
      return Optional.empty();
    }
    if (!(type.get() instanceof YamlNode.Scalar scalar) || scalar.string().isEmpty()) {
      reading.error(
          type.get(),
          typePath,
          "the type of a %s must be a word, but this is %s; %s"
              .formatted(name, type.get().describe(), allowed()));
      return Optional.empty();
    }
    Section<? extends T> section = variants.get(scalar.text());
    if (section == null) {
      reading.error(scalar, typePath, unknownType(scalar.text()));
      return Optional.empty();
    }
    return section
        .read(node, path, reading, Optional.of(new Choice(this, scalar.text())))
        .map(bound -> new Bound<>(bound.value(), bound.plain()));
  }

  private String missingType(YamlNode.Mapping mapping) {
    Optional<YamlNode.Entry> meant =
        mapping.entries().stream()
            .limit(MOST_CANDIDATES)
            .filter(entry -> Suggestions.nearest(entry.key().text(), List.of(TYPE)).isPresent())
            .findFirst();
    String hint =
        meant
            .map(entry ->
                entry.merged()
                    ? "; one that comes from a merge key << does not count"
                    : "; did you mean \"type\" by %s?"
                        .formatted(Printable.quote(entry.key().text())))
            .orElse("");
    return "a %s needs a type%s; %s".formatted(name, hint, allowed());
  }

  private String unknownType(String given) {
    return "there is no %s of type %s%s; %s"
        .formatted(
            name, Printable.quote(given), Suggestions.hint(given, variants.keySet()), allowed());
  }

  private String allowed() {
    return "allowed: " + String.join(", ", variants.keySet());
  }

  /**
   * A union that chose a section.
   *
   * @param union which one
   * @param type by what
   */
  record Choice(Union<?> union, String type) {
    /** The titles of the other sections of the union that know a key. */
    List<String> othersWith(String key) {
      return union.variants.values().stream()
          .filter(section -> section.fields().stream().anyMatch(f -> f.key().equals(key)))
          .map(section -> "a " + section.title())
          .toList();
    }
  }
}
