package io.zrepl.endpoint;

/**
 * The guarantees of a job's steps.
 *
 * @param initial for full sends
 * @param incremental for incremental sends
 */
public record ReplicationProtection(
    ReplicationGuarantee initial, ReplicationGuarantee incremental) {
  /** Resumability for both, the default of the configuration. */
  public static final ReplicationProtection DEFAULT =
      new ReplicationProtection(
          ReplicationGuarantee.RESUMABILITY, ReplicationGuarantee.RESUMABILITY);

  /** Whether every step moves the replication cursor. */
  public boolean alwaysMakesCursors() {
    return initial != ReplicationGuarantee.NOTHING && incremental != ReplicationGuarantee.NOTHING;
  }

  /** The guarantee for a step. */
  public ReplicationGuarantee forStep(boolean isIncremental) {
    return isIncremental ? incremental : initial;
  }
}
