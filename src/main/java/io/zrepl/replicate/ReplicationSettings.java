package io.zrepl.replicate;

import io.zrepl.endpoint.ReplicationProtection;

/**
 * Settings of a job's replication.
 *
 * @param protection guarantees of its steps
 * @param concurrentSteps how many steps run at once, at least 1
 * @param concurrentSizeEstimates how many size estimates run at once, at least 1
 * @param initialReplication what to send of a filesystem that the receiver does not have
 */
public record ReplicationSettings(
    ReplicationProtection protection,
    int concurrentSteps,
    int concurrentSizeEstimates,
    InitialReplication initialReplication) {
  /** The defaults of the configuration. */
  public static final ReplicationSettings DEFAULT =
      new ReplicationSettings(ReplicationProtection.DEFAULT, 1, 4, InitialReplication.MOST_RECENT);
}
