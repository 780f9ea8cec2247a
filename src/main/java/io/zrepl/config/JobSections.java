package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;

/** {@code jobs}: one section per type. */
final class JobSections {
  private static final String NAME_MEANING =
      "Unique name. It is part of names on disk: a renamed job does not find its cursors again.";

  static final Kind<JobSettings> JOB =
      Union.<JobSettings>named("job")
          .variant("push", new Push())
          .variant("sink", new Sink())
          .planned("pull", "source", "snap");

  private JobSections() {}

  private static final class Push extends Section<JobSettings.Push> {
    private final Field<JobId> name = required("name", ConfigurationKinds.JOB_NAME, NAME_MEANING);
    private final Field<DatasetFilter> filesystems =
        required(
            "filesystems",
            ConfigurationKinds.FILESYSTEMS,
            "What it snapshots and replicates; see [filesystems](filesystems.md).");
    private final Field<ConnectSettings> connect =
        required(
            "connect",
            TransportSections.CONNECT,
            "How it reaches the sink; see [connect and serve](transports.md).");
    private final Field<SnapshottingSettings> snapshotting =
        required(
            "snapshotting",
            SnapshottingSections.SNAPSHOTTING,
            "When it takes snapshots; see [snapshotting](snapshotting.md).");
    private final Field<PruningSettings> pruning =
        required(
            "pruning",
            new PruningSections.BothSides(),
            "Which snapshots it keeps on both sides; see [pruning](pruning.md).");
    private final Field<SendOptions> send =
        withDefaults("send", new SendSection(), "How it sends; see [send](send.md).");
    private final Field<ReplicationSections.Replication> replication =
        withDefaults(
            "replication",
            new ReplicationSections.ReplicationSection(),
            "How it replicates; see [replication](replication.md).");
    private final Field<InitialReplication> conflictResolution =
        withDefaults(
            "conflict_resolution",
            new ReplicationSections.ConflictResolution(),
            "What it decides by itself; see [replication](replication.md).");

    Push() {
      super("push job", "Takes snapshots and sends them to a sink.");
    }

    @Override
    protected JobSettings.Push build(Values values) {
      ReplicationSections.Replication how = values.get(replication);
      return new JobSettings.Push(
          values.get(name),
          values.get(filesystems),
          values.get(connect),
          values.get(snapshotting),
          values.get(send),
          new ReplicationSettings(
              how.protection(),
              how.concurrency().steps(),
              how.concurrency().sizeEstimates(),
              values.get(conflictResolution)),
          values.get(pruning));
    }
  }

  private static final class Sink extends Section<JobSettings.Sink> {
    private final Field<JobId> name = required("name", ConfigurationKinds.JOB_NAME, NAME_MEANING);
    private final Field<ServeSettings> serve =
        required(
            "serve",
            TransportSections.SERVE,
            "Where it waits for clients; see [connect and serve](transports.md).");
    private final Field<DatasetPath> rootFilesystem =
        required(
            "root_fs",
            ConfigurationKinds.DATASET_PATH,
            "An existing dataset. What a client sends lands in `root_fs/IDENTITY/PATH-AT-THE-CLIENT`.");
    private final Field<ReceiveOptions> receive =
        withDefaults("recv", new ReceiveSection(), "How it receives; see [recv](recv.md).");

    Sink() {
      super("sink job", "Receives what push jobs send.");
    }

    @Override
    protected JobSettings.Sink build(Values values) {
      return new JobSettings.Sink(
          values.get(name), values.get(rootFilesystem), values.get(serve), values.get(receive));
    }
  }
}
