package io.zrepl.config.schema;

/** Parts of the configuration language that this version does not support yet. */
final class Planned {
  private Planned() {}

  /**
   * The message for such a part.
   *
   * @param what subject of the sentence
   */
  static String message(String what) {
    return what
        + " is part of the configuration language, but this version does not support it yet";
  }
}
