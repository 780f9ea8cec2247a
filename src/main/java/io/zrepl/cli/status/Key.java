package io.zrepl.cli.status;

/**
 * A key that was pressed.
 *
 * @param kind which
 * @param character of {@link Kind#CHARACTER}, else 0
 */
record Key(Kind kind, char character) {
  /** The keys that are told apart. */
  enum Kind {
    /** A character, printable ASCII. */
    CHARACTER,
    /** An arrow. */
    UP,
    /** An arrow. */
    DOWN,
    /** An arrow. */
    LEFT,
    /** An arrow. */
    RIGHT,
    /** One page back. */
    PAGE_UP,
    /** One page on. */
    PAGE_DOWN,
    /** To the beginning. */
    HOME,
    /** To the end. */
    END,
    /** Return. */
    ENTER,
    /** Tabulator. */
    TAB,
    /** Escape, alone. */
    ESCAPE,
    /** Removes the character before. */
    BACKSPACE,
    /** Ctrl-U: removes the whole text. */
    CLEAR,
    /** Ctrl-C. */
    INTERRUPT,
    /** Ctrl-Z. */
    SUSPEND,
    /** Ctrl-L. */
    REDRAW,
    /** The terminal is gone. */
    CLOSED
  }

  static Key of(Kind kind) {
    return new Key(kind, (char) 0);
  }

  static Key character(char character) {
    return new Key(Kind.CHARACTER, character);
  }
}
