package io.zrepl.config.schema;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Printable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Declares a value that is one of a set of words.
 *
 * @param <T> what the words stand for
 */
public final class Words<T> {
  private final String name;
  private final Map<String, T> words = new LinkedHashMap<>();

  private Words(String name) {
    this.name = name;
  }

  /** Starts the declaration of a kind with that name. */
  public static <T> Words<T> named(String name) {
    return new Words<>(name);
  }

  /** Adds a word. */
  public Words<T> word(String word, T value) {
    words.put(word, value);
    return this;
  }

  /** The declared kind. Words are case-sensitive; null is none of them. */
  public ScalarKind<T> kind() {
    Map<String, T> all = Map.copyOf(words);
    List<String> known = List.copyOf(words.keySet());
    return new ScalarKind<T>(
            name,
            Optional.empty(),
            false,
            known,
            (scalar, _) -> {
              T value = all.get(scalar.text());
              if (value != null) {
                return value;
              }
              throw new InvalidValueException(rejection(scalar.text(), known));
            },
            value -> wordOf(all, value))
        .withExample(known.getFirst());
  }

  private String rejection(String given, List<String> known) {
    return "%s is not a %s%s; allowed: %s"
        .formatted(
            Printable.quote(given), name, Suggestions.hint(given, known), String.join(", ", known));
  }

  private static <T> Object wordOf(Map<String, T> words, T value) {
    return words.entrySet().stream()
        .filter(entry -> entry.getValue().equals(value))
        .findFirst()
        .orElseThrow()
        .getKey();
  }
}
