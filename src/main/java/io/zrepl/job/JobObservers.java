package io.zrepl.job;

import io.zrepl.prune.PruneObserver;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.snapshot.SnapshotObserver;

/**
 * Who counts what one job does. Called by any thread; must not block.
 *
 * @param replication hears of replications
 * @param pruning hears of pruning, of both sides
 * @param snapshots hears of snapshots and the hooks around them
 */
public record JobObservers(
    ReplicationObserver replication, PruneObserver pruning, SnapshotObserver snapshots) {
  /** Count nothing. */
  public static final JobObservers NONE =
      new JobObservers(ReplicationObserver.NONE, PruneObserver.NONE, SnapshotObserver.NONE);
}
