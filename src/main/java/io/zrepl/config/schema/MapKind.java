package io.zrepl.config.schema;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.YamlNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A mapping with free keys; merge keys count. A null value is the zero of the value kind.
 *
 * @param <V> what the values become
 * @param <T> what the whole becomes
 */
public final class MapKind<V, T> implements Kind<T> {

  /**
   * Judges one entry.
   *
   * @param <V> what the values become
   */
  @FunctionalInterface
  public interface EntryCheck<V> {
    /**
     * Checks.
     *
     * @return what is doubtful about the entry, if anything
     * @throws InvalidValueException if it is not valid
     */
    Optional<String> check(String key, V value) throws InvalidValueException;
  }

  private final String name;
  private final Kind<V> value;
  private final EntryCheck<V> check;
  private final Function<Map<String, V>, T> finish;
  private final String example;

  /**
   * Declares a mapping.
   *
   * @param check judges each entry
   * @param finish makes the value out of valid entries
   * @param example for the documentation, as YAML
   */
  public MapKind(
      String name,
      Kind<V> value,
      EntryCheck<V> check,
      Function<Map<String, V>, T> finish,
      String example) {
    this.name = name;
    this.value = value;
    this.check = check;
    this.finish = finish;
    this.example = example;
  }

  /** The kind of the values. */
  public Kind<V> value() {
    return value;
  }

  @Override
  public String example() {
    return example;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> zero() {
    return Optional.of("{}");
  }

  @Override
  public boolean isEmpty(YamlNode node) {
    return node instanceof YamlNode.Mapping mapping && mapping.entries().isEmpty();
  }

  @Override
  public Optional<Bound<T>> read(YamlNode node, String path, Reading reading) {
    if (!reading.enter(node, path)) {
      return Optional.empty();
    }
    if (!(node instanceof YamlNode.Mapping mapping)) {
      reading.error(node, path, "a %s is needed, but this is %s".formatted(name, node.describe()));
      return Optional.empty();
    }
    boolean valid = true;
    Map<String, V> values = new LinkedHashMap<>();
    Map<String, Object> plain = new LinkedHashMap<>();
    for (YamlNode.Entry entry : mapping.entries()) {
      String key = entry.key().string();
      Optional<Bound<V>> bound = readEntry(entry, Reading.child(path, key), reading);
      valid &= bound.isPresent();
      bound.ifPresent(read -> {
        values.put(key, read.value());
        plain.put(key, read.plain());
      });
    }
    return valid ? Optional.of(new Bound<>(finish.apply(values), plain)) : Optional.empty();
  }

  private Optional<Bound<V>> readEntry(YamlNode.Entry entry, String path, Reading reading) {
    Optional<Bound<V>> bound =
        new Field<>(entry.key().string(), value, Field.Presence.OPTIONAL, Optional.empty(), "", "")
            .readValue(entry.value(), path, reading);
    if (bound.isEmpty()) {
      return bound;
    }
    try {
      check
          .check(entry.key().string(), bound.get().value())
          .ifPresent(message -> reading.warning(entry.key(), path, message));
      return bound;
    } catch (InvalidValueException e) {
      reading.error(
          entry.key(),
          path,
          Optional.ofNullable(e.getMessage())
              .orElse("not valid: " + Printable.quote(entry.key().text())));
      return Optional.empty();
    }
  }
}
