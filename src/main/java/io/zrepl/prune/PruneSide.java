package io.zrepl.prune;

/** Whose snapshots are pruned. */
public enum PruneSide {
  /** Those of the sender, by {@code keep_sender}. */
  SENDER("sender"),
  /** Those of the receiver, by {@code keep_receiver}. */
  RECEIVER("receiver"),
  /** Those of a job that does not replicate, by {@code keep}. */
  LOCAL("local");

  private final String label;

  PruneSide(String label) {
    this.label = label;
  }

  /** How logs and metrics call it ({@code prune_side}). */
  public String label() {
    return label;
  }
}
