package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/** Parsing of the unsigned 64-bit numbers of ZFS. */
final class Unsigned {
  private Unsigned() {}

  static long parse(String what, String text) throws InvalidValueException {
    if (text.startsWith("+")) {
      // parseUnsignedLong would accept a sign, which zfs never prints
      throw new InvalidValueException(what + " is not an unsigned number: \"" + text + "\"");
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidValueException(what + " is not an unsigned 64-bit number: \"" + text + "\"");
    }
  }
}
