package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
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
import java.time.Duration;
import java.util.Optional;

/** The jobs that replicate: push and pull. */
final class ActiveJobSections {
  private ActiveJobSections() {}

  static final class Push extends Section<JobSettings.Push> {
    private final Field<JobId> name =
        required("name", ConfigurationKinds.JOB_NAME, JobSections.NAME_MEANING);
    private final Field<DatasetFilter> filesystems =
        required(
            "filesystems",
            ConfigurationKinds.FILESYSTEMS,
            "What it snapshots and replicates; see [filesystems](filesystems.md).");
    private final Field<ConnectSettings> connect =
        required("connect", TransportSections.CONNECT, JobSections.CONNECT_MEANING);
    private final Field<SnapshottingSettings> snapshotting =
        required(
            "snapshotting", SnapshottingSections.SNAPSHOTTING, JobSections.SNAPSHOTTING_MEANING);
    private final Field<PruningSettings> pruning =
        required("pruning", JobSections.PRUNING, JobSections.PRUNING_MEANING);
    private final Field<SendOptions> send =
        withDefaults("send", JobSections.SEND, JobSections.SEND_MEANING);
    private final Field<ReplicationSections.Replication> replication =
        withDefaults("replication", JobSections.REPLICATION, JobSections.REPLICATION_MEANING);
    private final Field<InitialReplication> conflictResolution =
        withDefaults(
            "conflict_resolution", JobSections.CONFLICT_RESOLUTION, JobSections.CONFLICT_MEANING);

    Push() {
      super("push job", "Takes snapshots and sends them to a sink.");
    }

    @Override
    protected JobSettings.Push build(Values values) {
      return new JobSettings.Push(
          values.get(name),
          values.get(filesystems),
          values.get(connect),
          values.get(snapshotting),
          values.get(send),
          JobSections.settings(values.get(replication), values.get(conflictResolution)),
          values.get(pruning));
    }
  }

  static final class Pull extends Section<JobSettings> {
    private final Field<JobId> name =
        required("name", ConfigurationKinds.JOB_NAME, JobSections.NAME_MEANING);
    private final Field<ConnectSettings> connect =
        required("connect", TransportSections.CONNECT, JobSections.CONNECT_MEANING);
    private final Field<RootDataset> rootFilesystem =
        required(
            "root_fs",
            RootDataset.KIND,
            "An existing dataset. What it fetches lands in `root_fs/PATH-AT-THE-SOURCE`.");
    private final Field<Optional<Duration>> interval =
        required(
            "interval",
            ConfigurationKinds.JOB_DURATION_OR_MANUAL,
            "Time from one invocation to the next, the first after one interval; `manual` waits for `zrepl signal wakeup`.");
    private final Field<PruningSettings> pruning =
        required("pruning", JobSections.PRUNING, JobSections.PRUNING_MEANING);
    private final Field<ReceiveOptions> receive =
        withDefaults("recv", JobSections.RECEIVE, JobSections.RECEIVE_MEANING);
    private final Field<ReplicationSections.Replication> replication =
        withDefaults("replication", JobSections.REPLICATION, JobSections.REPLICATION_MEANING);
    private final Field<InitialReplication> conflictResolution =
        withDefaults(
            "conflict_resolution", JobSections.CONFLICT_RESOLUTION, JobSections.CONFLICT_MEANING);

    Pull() {
      super("pull job", "Fetches from a source.");
    }

    @Override
    protected JobSettings build(Values values) {
      RootDataset root = values.get(rootFilesystem);
      Optional<DatasetPath> path = root.path();
      if (path.isEmpty()) {
        return new JobSettings.Unusable(values.get(name), "pull", root.problem());
      }
      ReplicationSettings how =
          JobSections.settings(values.get(replication), values.get(conflictResolution));
      return new JobSettings.Pull(
          values.get(name),
          path.get(),
          values.get(connect),
          values.get(interval),
          values.get(receive),
          how,
          values.get(pruning));
    }
  }
}
