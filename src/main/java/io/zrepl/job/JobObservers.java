package io.zrepl.job;

import io.zrepl.model.DatasetPath;
import io.zrepl.prune.PruneObserver;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.snapshot.SnapshotObserver;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Who counts what one job does. Called by any thread; must not block.
 *
 * @param replication hears of replications
 * @param pruning hears of pruning, of both sides
 * @param snapshots hears of snapshots and the hooks around them
 * @param replicas hears how new the filesystems of the receiver are, after each invocation that
 *     found it out: by path on the sender
 * @param serving hears of what is done for clients on other machines
 */
public record JobObservers(
    ReplicationObserver replication,
    PruneObserver pruning,
    SnapshotObserver snapshots,
    Consumer<Map<DatasetPath, Instant>> replicas,
    ServingObserver serving) {
  /** Count nothing. */
  public static final JobObservers NONE =
      new JobObservers(
          ReplicationObserver.NONE,
          PruneObserver.NONE,
          SnapshotObserver.NONE,
          _ -> {},
          ServingObserver.NONE);
}
