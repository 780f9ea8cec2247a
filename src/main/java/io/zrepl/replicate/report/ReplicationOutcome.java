package io.zrepl.replicate.report;

/** How a run stands. */
public enum ReplicationOutcome {
  /** It has not ended. */
  RUNNING,
  /** Everything planned was done. */
  DONE,
  /** Something failed. */
  FAILED,
  /** It was ended before it was finished. */
  CANCELLED
}
