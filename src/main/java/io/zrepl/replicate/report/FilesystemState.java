package io.zrepl.replicate.report;

/** State of one filesystem in an attempt. */
public enum FilesystemState {
  /** Is planned, or waits for it. */
  PLANNING("planning"),
  /** Planning failed. */
  PLANNING_ERROR("planning-error"),
  /** Executes its steps, or waits to. */
  STEPPING("stepping"),
  /** A step failed. */
  STEP_ERROR("step-error"),
  /** Everything planned was done. */
  DONE("done");

  private final String text;

  FilesystemState(String text) {
    this.text = text;
  }

  /** The value in the documented status output. */
  public String text() {
    return text;
  }

  /** Whether planning or a step failed. */
  public boolean isError() {
    return this == PLANNING_ERROR || this == STEP_ERROR;
  }
}
