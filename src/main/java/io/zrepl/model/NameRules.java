package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/**
 * Which names may reach a {@code zfs} command line. Stricter than ZFS itself in nothing that ZFS
 * would create; the rules are those of {@code zfs(8)} and of the tables in the tests.
 */
public final class NameRules {
  /** Longest name of a dataset, snapshot or bookmark, in bytes, without the terminating zero. */
  public static final int MAXIMUM_LENGTH = 255;

  private static final String ALLOWED = "letters, digits, blank and - _ . :";

  private NameRules() {}

  /**
   * Checks one component: a part of a dataset path, the name of a snapshot or bookmark, a client
   * identity.
   *
   * @param what how the message calls it, for example "snapshot name"
   * @return the name itself
   * @throws InvalidValueException if it is empty, too long, "." or "..", or has another character
   *     than ASCII letters, digits, blank, hyphen, underscore, dot and colon
   */
  public static String requireComponent(String what, String name) throws InvalidValueException {
    if (name.isEmpty()) {
      throw new InvalidValueException(what + " must not be empty");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isAllowed(c)) {
        throw new InvalidValueException(
            "%s \"%s\" has the character %s; allowed are %s"
                .formatted(what, printable(name), printable(String.valueOf(c)), ALLOWED));
      }
    }
    if (name.length() > MAXIMUM_LENGTH) {
      throw new InvalidValueException(
          "%s is %d characters long; at most %d are allowed"
              .formatted(what, name.length(), MAXIMUM_LENGTH));
    }
    if (name.equals(".") || name.equals("..")) {
      throw new InvalidValueException("%s must not be \"%s\"".formatted(what, name));
    }
    return name;
  }

  /** Checks the length of the full name of a dataset, snapshot or bookmark. */
  static void requireLength(String what, String fullName) throws InvalidValueException {
    if (fullName.length() > MAXIMUM_LENGTH) {
      throw new InvalidValueException(
          "%s \"%s\" is %d characters long; ZFS allows %d"
              .formatted(what, printable(fullName), fullName.length(), MAXIMUM_LENGTH));
    }
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.'
        || c == ':'
        || c == ' ';
  }

  /** The text with control characters escaped, so that a hostile name cannot garble a terminal. */
  static String printable(String text) {
    StringBuilder result = new StringBuilder();
    text.chars()
        .limit(300)
        .forEach(c -> {
          if (Character.isISOControl(c)) {
            result.append("\\x%02x".formatted(c));
          } else if (Character.getType(c) == Character.FORMAT || c == 0x2028 || c == 0x2029) {
            result.append("\\u%04x".formatted(c));
          } else {
            result.append((char) c);
          }
        });
    return result.toString();
  }
}
