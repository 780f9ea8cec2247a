package io.zrepl.replicate.report;

/** State of an attempt. */
public enum AttemptState {
  /** Both sides are listing their filesystems. */
  PLANNING("planning"),
  /** A side could not be listed; nothing was done. */
  PLANNING_ERROR("planning-error"),
  /** The filesystems are planned and replicated. */
  FAN_OUT_FILESYSTEMS("fan-out-filesystems"),
  /** Finished; at least one filesystem failed. */
  FILESYSTEM_ERROR("filesystem-error"),
  /** Finished without a failure. */
  DONE("done");

  private final String text;

  AttemptState(String text) {
    this.text = text;
  }

  /** The value in the documented status output. */
  public String text() {
    return text;
  }
}
