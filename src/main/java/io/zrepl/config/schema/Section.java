package io.zrepl.config.schema;

import io.zrepl.config.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A mapping with declared keys. A subclass declares each key as one field, in the order of the
 * documentation, and builds its value out of them:
 *
 * <pre>{@code
 * final class ControlSection extends Section<Path> {
 *   private final Field<Path> sockpath = optional("sockpath", PATH, "/run/x", "Where it listens.");
 *   …
 *   protected Path build(Values values) { return values.get(sockpath); }
 * }
 * }</pre>
 *
 * @param <T> what it becomes
 */
public abstract non-sealed class Section<T> implements Kind<T> {
  private final String title;
  private final String meaning;
  private final Map<String, Field<?>> fields = new LinkedHashMap<>();

  /**
   * Starts the declaration.
   *
   * @param title heading in the documentation, for example "push job"
   * @param meaning one sentence
   */
  protected Section(String title, String meaning) {
    this.title = title;
    this.meaning = meaning;
  }

  /** Makes the value; called only if all fields are valid and there are no {@link #problems}. */
  protected abstract T build(Values values);

  /**
   * What is wrong with values that are valid each for itself, and what is allowed. Called also if
   * others are not valid: see {@link Values#find}.
   */
  protected Map<Field<?>, String> problems(Values values) {
    return Map.of();
  }

  /** Declares a key that must be there with a value that is not empty. */
  protected final <V> Field<V> required(String key, Kind<V> kind, String description) {
    return required(key, kind, description, kind.example());
  }

  /** The same with another example than that of the kind, as YAML. */
  protected final <V> Field<V> required(
      String key, Kind<V> kind, String description, String example) {
    return add(
        new Field<>(key, kind, Field.Presence.REQUIRED, Optional.empty(), description, example));
  }

  /**
   * Declares a key that may be absent. An explicit null is the zero value of its kind.
   *
   * @param defaultYaml the default as YAML
   */
  protected final <V> Field<V> optional(
      String key, Kind<V> kind, String defaultYaml, String description) {
    return optional(key, kind, defaultYaml, description, kind.example());
  }

  /** The same with another example than that of the kind, as YAML. */
  protected final <V> Field<V> optional(
      String key, Kind<V> kind, String defaultYaml, String description, String example) {
    return add(
        new Field<>(
            key, kind, Field.Presence.OPTIONAL, Optional.of(defaultYaml), description, example));
  }

  /**
   * Declares an optional key that Go zrepl does not know: {@code configcheck --portable} tells of
   * files that have it.
   */
  protected final <V> Field<V> extension(
      String key, Kind<V> kind, String defaultYaml, String description) {
    return optional(key, kind, defaultYaml, description).notPortable();
  }

  /** Declares a section that, absent or null, has the defaults of all its keys. */
  protected final <V> Field<V> withDefaults(String key, Section<V> section, String description) {
    return withDefault(key, section, "{}", description);
  }

  /** Declares a key for which absent and null are the same. */
  protected final <V> Field<V> withDefault(
      String key, Kind<V> kind, String defaultYaml, String description) {
    return add(
        new Field<>(
            key,
            kind,
            Field.Presence.NULL_IS_DEFAULT,
            Optional.of(defaultYaml),
            description,
            kind.example()));
  }

  /**
   * Declares a section that may be absent, which is not the same as having its defaults. Null is
   * the same as absent.
   */
  protected final <V> Field<Optional<V>> absentOr(
      String key, Section<V> section, String description) {
    return add(
        new Field<>(
            key,
            new OptionalKind<>(section),
            Field.Presence.NULL_IS_DEFAULT,
            Optional.of("~"),
            description,
            section.example()));
  }

  private <V> Field<V> add(Field<V> field) {
    if (fields.putIfAbsent(field.key(), field) != null) {
      throw new IllegalArgumentException("declared twice: " + field.key());
    }
    return field;
  }

  /** Heading in the documentation. */
  public final String title() {
    return title;
  }

  /** One sentence for the documentation. */
  public final String meaning() {
    return meaning;
  }

  /** The declared keys, in order. */
  public final Collection<Field<?>> fields() {
    return List.copyOf(fields.values());
  }

  @Override
  public final String example() {
    return example(Optional.empty());
  }

  /** The required keys with their examples, or else the first key. */
  final String example(Optional<String> type) {
    List<Field<?>> shown = new ArrayList<>(fields.values());
    if (type.isPresent() || shown.stream().anyMatch(Section::isRequired)) {
      shown.removeIf(field -> !isRequired(field));
    }
    List<String> parts = new ArrayList<>();
    type.ifPresent(word -> parts.add(Union.TYPE + ": " + word));
    int most = shown.stream().anyMatch(Section::isRequired) ? shown.size() : 1;
    shown.stream()
        .limit(most)
        .map(field -> field.key() + ": " + field.example())
        .forEach(parts::add);
    return "{" + String.join(", ", parts) + "}";
  }

  private static boolean isRequired(Field<?> field) {
    return field.presence() == Field.Presence.REQUIRED;
  }

  @Override
  public final String name() {
    return "section";
  }

  @Override
  public final Optional<String> zero() {
    return Optional.empty();
  }

  @Override
  public final boolean isEmpty(YamlNode node) {
    return false;
  }

  @Override
  public final Optional<Bound<T>> read(YamlNode node, String path, Reading reading) {
    return read(node, path, reading, Optional.empty());
  }

  /**
   * Reads the section.
   *
   * @param variant the union that chose this section by its {@code type}, and that type
   */
  final Optional<Bound<T>> read(
      YamlNode node, String path, Reading reading, Optional<Union.Choice> variant) {
    if (!reading.enter(node, path)) {
      return Optional.empty();
    }
    if (!(node instanceof YamlNode.Mapping mapping)) {
      reading.error(
          node,
          path,
          "a mapping with the keys %s is needed, but this is %s"
              .formatted(String.join(", ", knownKeys(variant)), node.describe()));
      return Optional.empty();
    }
    Set<String> meant = new LinkedHashSet<>();
    boolean valid = checkKeys(mapping, path, reading, variant, meant);
    Map<Field<?>, Bound<?>> values = new LinkedHashMap<>();
    Map<String, Object> plain = new LinkedHashMap<>();
    variant.ifPresent(choice -> plain.put(Union.TYPE, choice.type()));
    for (Field<?> field : fields.values()) {
      Optional<YamlNode.Entry> entry = mapping.entry(field.key());
      if (entry.isEmpty() && meant.contains(field.key())) {
        valid = false; // the misspelt key was reported
        continue;
      }
      Optional<? extends Bound<?>> bound = field.read(entry, mapping, path, reading);
      valid &= bound.isPresent();
      bound.ifPresent(value -> {
        values.put(field, value);
        // A dump without additions of this program stays one that Go zrepl reads.
        boolean shown = field.isPortable() || entry.isPresent();
        if (shown && !OptionalKind.isAbsent(value.plain())) {
          plain.put(field.key(), value.plain());
        }
      });
    }
    Map<Field<?>, String> together = problems(new Values(values));
    together.forEach((field, message) ->
        reading.error(
            mapping.get(field.key()).orElse(mapping), Reading.child(path, field.key()), message));
    return valid && together.isEmpty()
        ? Optional.of(new Bound<>(build(new Values(values)), plain))
        : Optional.empty();
  }

  private List<String> knownKeys(Optional<Union.Choice> variant) {
    List<String> keys = new ArrayList<>();
    variant.ifPresent(_ -> keys.add(Union.TYPE));
    keys.addAll(fields.keySet());
    return keys;
  }

  /**
   * Reports keys that are not declared.
   *
   * @param meant takes the declared keys that were probably meant
   */
  private boolean checkKeys(
      YamlNode.Mapping mapping,
      String path,
      Reading reading,
      Optional<Union.Choice> variant,
      Set<String> meant) {
    boolean valid = true;
    for (YamlNode.Entry entry : mapping.entries()) {
      String key = entry.key().string();
      if (fields.containsKey(key) || (variant.isPresent() && key.equals(Union.TYPE))) {
        continue;
      }
      valid = false;
      if (SecretWords.holdSecrets(this)
          || variant.filter(choice -> SecretWords.holdSecrets(choice.union())).isPresent()) {
        boolean word = entry.key().text().matches("[A-Za-z0-9_-]+") && !entry.value().isNull();
        reading.hide(word ? entry.value() : entry.key());
      }
      if (!reading.isFull()) {
        reading.error(
            entry.key(), Reading.child(path, key), unknownKey(key, mapping, variant, meant));
      }
    }
    return valid;
  }

  private String unknownKey(
      String key, YamlNode.Mapping mapping, Optional<Union.Choice> variant, Set<String> meant) {
    List<String> elsewhere = variant.map(choice -> choice.othersWith(key)).orElse(List.of());
    if (!elsewhere.isEmpty()) {
      return "a %s has no such key; it belongs to %s"
          .formatted(title, String.join(", ", elsewhere));
    }
    List<String> candidates =
        knownKeys(variant).stream()
            .filter(known -> mapping.entry(known).isEmpty())
            .collect(Collectors.toCollection(ArrayList::new));
    Optional<String> nearest = Suggestions.nearest(key, candidates);
    nearest.ifPresent(meant::add);
    return nearest
        .map("unknown key; did you mean \"%s\"?"::formatted)
        .orElseGet(() -> "unknown key; known here: " + String.join(", ", knownKeys(variant)));
  }
}
