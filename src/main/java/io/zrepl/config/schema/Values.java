package io.zrepl.config.schema;

import java.util.Map;
import java.util.Optional;

/** The valid values of a section's fields, absent ones with their defaults. */
public final class Values {
  private final Map<Field<?>, Bound<?>> values;

  Values(Map<Field<?>, Bound<?>> values) {
    this.values = values;
  }

  /**
   * The value of a field of the section.
   *
   * @throws IllegalArgumentException if the field belongs to another section, or is not valid
   */
  public <V> V get(Field<V> field) {
    return find(field).orElseThrow(() -> new IllegalArgumentException(field.key()));
  }

  /** The value of a field of the section; empty if it is not valid. */
  // A field's bound value was read by the field's own kind, so it has the field's type.
  @SuppressWarnings("unchecked")
  public <V> Optional<V> find(Field<V> field) {
    return Optional.ofNullable(values.get(field)).map(bound -> (V) bound.value());
  }
}
