package io.zrepl.model;

/** How far a failure reaches: what must wait for it, and what may go on. */
public enum FailureScope {
  /** One filesystem; all others may go on. */
  FILESYSTEM,
  /** Every filesystem of one pool. */
  POOL,
  /** Everything that needs the other side. */
  PEER,
  /** The whole invocation of the job. */
  JOB
}
