package io.zrepl.job;

import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings of one job. */
public sealed interface JobSettings {
  /** The name of the job. */
  JobId id();

  /** The job of that name. */
  static Optional<JobSettings> named(List<JobSettings> all, String name) {
    return all.stream().filter(each -> each.id().toString().equals(name)).findFirst();
  }

  /** When the job takes snapshots, and of what; empty for kinds of jobs that take none. */
  default Optional<TakingSnapshots> takingSnapshots() {
    return switch (this) {
      case Push push -> Optional.of(new TakingSnapshots(push.snapshotting(), push.filesystems()));
      case Source source ->
          Optional.of(new TakingSnapshots(source.snapshotting(), source.filesystems()));
      case Snap snap -> Optional.of(new TakingSnapshots(snap.snapshotting(), snap.filesystems()));
      case Sink _, Pull _, Unusable _ -> Optional.empty();
    };
  }

  /**
   * Snapshots of a job.
   *
   * @param settings when, and under which names
   * @param filesystems of what
   */
  record TakingSnapshots(SnapshottingSettings settings, DatasetFilter filesystems) {}

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

  /**
   * Fetches from a source.
   *
   * @param id name of the job
   * @param rootFilesystem below which the data lands
   * @param connect how it reaches the source
   * @param interval from one invocation to the next; empty if only a signal starts one
   * @param receive how it receives
   * @param replication how it replicates
   * @param pruning what it keeps on both sides
   */
  record Pull(
      JobId id,
      DatasetPath rootFilesystem,
      ConnectSettings connect,
      Optional<Duration> interval,
      ReceiveOptions receive,
      ReplicationSettings replication,
      PruningSettings pruning)
      implements JobSettings {}

  /**
   * Snapshots, and offers to those who pull.
   *
   * @param id name of the job
   * @param filesystems what it covers
   * @param serve where it waits for clients
   * @param snapshotting when it takes snapshots
   * @param send how it sends
   */
  record Source(
      JobId id,
      DatasetFilter filesystems,
      ServeSettings serve,
      SnapshottingSettings snapshotting,
      SendOptions send)
      implements JobSettings {}

  /**
   * Snapshots and prunes, without a second side.
   *
   * @param id name of the job
   * @param filesystems what it covers
   * @param snapshotting when it takes snapshots
   * @param keep rules, not empty; none is {@link KeepRule.NotReplicated}
   */
  record Snap(
      JobId id, DatasetFilter filesystems, SnapshottingSettings snapshotting, List<KeepRule> keep)
      implements JobSettings {
    /** Copies the list. */
    public Snap {
      keep = List.copyOf(keep);
    }
  }

  /**
   * A job whose settings are valid for Go zrepl, and with which it can do nothing. It says so, and
   * leaves the other jobs alone.
   *
   * @param id name of the job
   * @param type as in the configuration
   * @param problem why it cannot work, and what to do
   */
  record Unusable(JobId id, String type, String problem) implements JobSettings {}
}
