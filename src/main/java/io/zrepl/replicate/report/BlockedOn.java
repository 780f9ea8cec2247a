package io.zrepl.replicate.report;

/** What a filesystem waits for. */
public enum BlockedOn {
  /** Nothing: it is being worked on, or finished. */
  NOTHING("nothing"),
  /** Its turn to be planned. */
  PLAN_QUEUE("plan-queue"),
  /** The first step of a filesystem above it. */
  PARENT_INITIAL_REPLICATION("parent-initial-repl"),
  /** A free slot for its next step. */
  STEP_QUEUE("repl-queue");

  private final String text;

  BlockedOn(String text) {
    this.text = text;
  }

  /** The value in the documented status output. */
  public String text() {
    return text;
  }
}
