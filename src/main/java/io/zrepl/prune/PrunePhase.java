package io.zrepl.prune;

/** How far a prune run is. */
public enum PrunePhase {
  /** Asks the sides what they have; nothing is destroyed before all filesystems are planned. */
  PLAN("Plan"),
  /** There is no plan; terminal. */
  PLAN_ERROR("PlanErr"),
  /** Destroys. */
  EXECUTE("Exec"),
  /** Some filesystems failed, or the run was cancelled; terminal. */
  EXECUTE_ERROR("ExecErr"),
  /** All went well; terminal. */
  DONE("Done");

  private final String text;

  PrunePhase(String text) {
    this.text = text;
  }

  /** The text in status reports. */
  public String text() {
    return text;
  }

  /** Whether the run is over. */
  public boolean isTerminal() {
    return this == PLAN_ERROR || this == EXECUTE_ERROR || this == DONE;
  }

  /** Whether the filesystems are planned. */
  public boolean isPlanned() {
    return this == EXECUTE || this == EXECUTE_ERROR || this == DONE;
  }
}
