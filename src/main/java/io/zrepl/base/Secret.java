package io.zrepl.base;

/**
 * A text that must never be shown: not in a message, a log, a status or a dump. Only {@link
 * #reveal} gives it away.
 */
public final class Secret {
  private final String text;

  /** Takes the text. */
  public Secret(String text) {
    this.text = text;
  }

  /** The text itself, for the one place that needs it. */
  public String reveal() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && secret.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** A text that does not give the secret away. */
  @Override
  public String toString() {
    return "(not shown)";
  }
}
