package io.zrepl.cli.status;

/** How a cell looks. What it says never depends on colour alone. */
enum Style {
  /** Plain text. */
  NORMAL("0", "0"),
  /** A heading. */
  BOLD("0;1", "0;1"),
  /** Of little interest now. */
  FAINT("0;2", "0;2"),
  /** A failure. */
  ERROR("0;1;31", "0;1"),
  /** Works at the moment. */
  RUNNING("0;36", "0"),
  /** Waits, or is behind. */
  BEHIND("0;33", "0"),
  /** Where the keys go to. */
  SELECTED("0;7", "0;7");

  private final String colours;
  private final String plain;

  Style(String colours, String plain) {
    this.colours = colours;
    this.plain = plain;
  }

  /** The parameters of the escape sequence that selects it. */
  String parameters(boolean coloured) {
    return coloured ? colours : plain;
  }
}
