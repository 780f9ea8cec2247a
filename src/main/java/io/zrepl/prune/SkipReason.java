package io.zrepl.prune;

/** Why a filesystem is left alone. */
public enum SkipReason {
  /** It holds no data of its own. */
  PLACEHOLDER("filesystem is placeholder"),
  /** The sender has none of that path: it is gone there, or no longer selected. */
  NO_CORRESPONDENCE("filesystem has no correspondence on sender");

  private final String text;

  SkipReason(String text) {
    this.text = text;
  }

  /** The text in status reports. */
  public String text() {
    return text;
  }
}
