package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.regex.Pattern;

/**
 * The name of a ZFS property, native or of a user ({@code zfsprops(7)}). Made by {@link #parse};
 * never looks like an option of a command.
 */
public final class PropertyName implements Comparable<PropertyName> {
  private static final int LONGEST = 256;
  private static final Pattern FORM = Pattern.compile("[0-9a-zA-Z_.:-]+");

  private final String text;

  private PropertyName(String text) {
    this.text = text;
  }

  /**
   * Checks a name. Whether ZFS knows such a property is not asked.
   *
   * @throws InvalidValueException if it is empty, too long, begins with "-" or has a character that
   *     no property has
   */
  public static PropertyName parse(String text) throws InvalidValueException {
    if (text.isEmpty()) {
      throw new InvalidValueException("the name of a property must not be empty");
    }
    if (text.length() > LONGEST) {
      throw new InvalidValueException(
          "the name of a property has at most %d characters, but this has %d"
              .formatted(LONGEST, text.length()));
    }
    if (text.startsWith("-")) {
      throw new InvalidValueException(
          "property name \"%s\" must not begin with \"-\"".formatted(NameRules.printable(text)));
    }
    if (!FORM.matcher(text).matches()) {
      throw new InvalidValueException(
          "property name \"%s\" has a character other than letters, digits and - _ . :"
              .formatted(NameRules.printable(text)));
    }
    return new PropertyName(text);
  }

  /**
   * The same as {@link #parse} for a text that the program itself wrote.
   *
   * @throws IllegalArgumentException if it is not valid
   */
  public static PropertyName of(String text) {
    try {
      return parse(text);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  @Override
  public int compareTo(PropertyName other) {
    return text.compareTo(other.text);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PropertyName name && name.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As {@code zfs} takes it. */
  @Override
  public String toString() {
    return text;
  }
}
