package io.zrepl.config.schema;

import java.util.Map;

/** The valid values of a section's fields, absent ones with their defaults. */
public final class Values {
  private final Map<Field<?>, Bound<?>> values;

  Values(Map<Field<?>, Bound<?>> values) {
    this.values = values;
  }

  /**
   * The value of a field of the section.
   *
   * @throws IllegalArgumentException if the field belongs to another section
   */
  // A field's bound value was read by the field's own kind, so it has the field's type.
  @SuppressWarnings("unchecked")
  public <V> V get(Field<V> field) {
    Bound<?> bound = values.get(field);
    if (bound == null) {
      throw new IllegalArgumentException(field.key());
    }
    return (V) bound.value();
  }
}
