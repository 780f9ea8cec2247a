package io.zrepl.control;

import java.util.Locale;

/** A constant with a fixed name in the JSON of the control socket. */
interface WireName {
  /** The name of the enum constant. */
  String name();

  /** The name in JSON: by default that of the constant, lower case with hyphens. */
  default String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Finds a constant by its name in JSON.
   *
   * @param unknown the answer for a name that a newer daemon may have invented
   */
  static <E extends WireName> E find(E[] constants, String wireName, E unknown) {
    for (E constant : constants) {
      if (constant.wireName().equals(wireName)) {
        return constant;
      }
    }
    return unknown;
  }
}
