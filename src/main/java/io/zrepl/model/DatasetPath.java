package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The path of a filesystem or volume, for example {@code tank/home/anna}. Never empty; each
 * component obeys {@link NameRules}. Paths compare component by component, so that a dataset comes
 * directly before its descendants.
 */
public final class DatasetPath implements Comparable<DatasetPath> {
  private final List<String> components;
  private final String text;

  private DatasetPath(List<String> components) {
    this.components = List.copyOf(components);
    this.text = String.join("/", components);
  }

  /**
   * Parses the text form.
   *
   * @throws InvalidValueException if the text is no valid name of a filesystem or volume
   */
  public static DatasetPath parse(String text) throws InvalidValueException {
    if (text.isEmpty()) {
      throw new InvalidValueException("dataset path must not be empty");
    }
    List<String> components = List.of(text.split("/", -1));
    for (String component : components) {
      if (component.isEmpty()) {
        throw new InvalidValueException(
            "dataset path \"%s\" has an empty component (leading, trailing or doubled \"/\")"
                .formatted(NameRules.printable(text)));
      }
      NameRules.requireComponent("component of dataset path", component);
    }
    NameRules.requireLength("dataset path", text);
    return new DatasetPath(components);
  }

  /**
   * The same as {@link #parse} for a text that the program itself wrote.
   *
   * @throws IllegalArgumentException if it is not valid
   */
  public static DatasetPath of(String text) {
    try {
      return parse(text);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The components, at least one. */
  public List<String> components() {
    return components;
  }

  /** The pool: the first component. */
  public DatasetPath pool() {
    return components.size() == 1 ? this : new DatasetPath(components.subList(0, 1));
  }

  /** The dataset directly above, empty for the root dataset of a pool. */
  public Optional<DatasetPath> parent() {
    return components.size() == 1
        ? Optional.empty()
        : Optional.of(new DatasetPath(components.subList(0, components.size() - 1)));
  }

  /** Whether this is the other path or lies below it. */
  public boolean isAtOrBelow(DatasetPath other) {
    return components.size() >= other.components.size()
        && components.subList(0, other.components.size()).equals(other.components);
  }

  /** Whether this lies strictly below the other path. */
  public boolean isBelow(DatasetPath other) {
    return components.size() > other.components.size() && isAtOrBelow(other);
  }

  /**
   * The path of a descendant.
   *
   * @throws InvalidValueException if the result is longer than ZFS allows
   */
  public DatasetPath resolve(DatasetPath below) throws InvalidValueException {
    List<String> all = new ArrayList<>(components);
    all.addAll(below.components);
    DatasetPath result = new DatasetPath(all);
    NameRules.requireLength("dataset path", result.text);
    return result;
  }

  /**
   * What remains of this path below an ancestor.
   *
   * @return empty if this is not strictly below {@code ancestor}
   */
  public Optional<DatasetPath> below(DatasetPath ancestor) {
    return isBelow(ancestor)
        ? Optional.of(
            new DatasetPath(components.subList(ancestor.components.size(), components.size())))
        : Optional.empty();
  }

  @Override
  public int compareTo(DatasetPath other) {
    int common = Math.min(components.size(), other.components.size());
    for (int i = 0; i < common; i++) {
      int order = components.get(i).compareTo(other.components.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(components.size(), other.components.size());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DatasetPath path && path.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The text form, components joined with "/". */
  @Override
  public String toString() {
    return text;
  }
}
