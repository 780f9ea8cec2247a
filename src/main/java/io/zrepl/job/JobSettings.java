package io.zrepl.job;

import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;

/** The settings of one job. */
public sealed interface JobSettings {
  /** The name of the job. */
  JobId id();

  /**
   * Snapshots, and sends to a sink.
   *
   * @param id name of the job
   * @param filesystems what it covers
   * @param connect how it reaches the sink
   * @param snapshotting when it takes snapshots
   * @param send how it sends
   * @param replication how it replicates
   * @param pruning what it keeps on both sides
   */
  record Push(
      JobId id,
      DatasetFilter filesystems,
      ConnectSettings connect,
      SnapshottingSettings snapshotting,
      SendOptions send,
      ReplicationSettings replication,
      PruningSettings pruning)
      implements JobSettings {}

  /**
   * Receives what others push.
   *
   * @param id name of the job
   * @param rootFilesystem below which the data of each client lands
   * @param serve where it waits for them
   * @param receive how it receives
   */
  record Sink(JobId id, DatasetPath rootFilesystem, ServeSettings serve, ReceiveOptions receive)
      implements JobSettings {}
}
