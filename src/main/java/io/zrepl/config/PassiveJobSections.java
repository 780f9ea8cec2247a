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
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ServeSettings;
import java.util.Optional;

/** The jobs that wait for others: sink and source. */
final class PassiveJobSections {
  private PassiveJobSections() {}

  static final class Sink extends Section<JobSettings> {
    private final Field<JobId> name =
        required("name", ConfigurationKinds.JOB_NAME, JobSections.NAME_MEANING);
    private final Field<ServeSettings> serve =
        required("serve", TransportSections.SERVE, JobSections.SERVE_MEANING);
    private final Field<RootDataset> rootFilesystem =
        required(
            "root_fs",
            RootDataset.KIND,
            "An existing dataset. What a client sends lands in `root_fs/IDENTITY/PATH-AT-THE-CLIENT`.");
    private final Field<ReceiveOptions> receive =
        withDefaults("recv", JobSections.RECEIVE, JobSections.RECEIVE_MEANING);

    Sink() {
      super("sink job", "Receives what push jobs send.");
    }

    @Override
    protected JobSettings build(Values values) {
      RootDataset root = values.get(rootFilesystem);
      Optional<DatasetPath> path = root.path();
      return path.isPresent()
          ? new JobSettings.Sink(
              values.get(name), path.get(), values.get(serve), values.get(receive))
          : new JobSettings.Unusable(values.get(name), "sink", root.problem());
    }
  }

  static final class Source extends Section<JobSettings.Source> {
    private final Field<JobId> name =
        required("name", ConfigurationKinds.JOB_NAME, JobSections.NAME_MEANING);
    private final Field<ServeSettings> serve =
        required("serve", TransportSections.SERVE, JobSections.SERVE_MEANING);
    private final Field<DatasetFilter> filesystems =
        required(
            "filesystems",
            ConfigurationKinds.FILESYSTEMS,
            "What it snapshots and offers; clients can touch nothing else. See [filesystems](filesystems.md).");
    private final Field<SnapshottingSettings> snapshotting =
        required(
            "snapshotting", SnapshottingSections.SNAPSHOTTING, JobSections.SNAPSHOTTING_MEANING);
    private final Field<SendOptions> send =
        withDefaults("send", JobSections.SEND, JobSections.SEND_MEANING);

    Source() {
      super("source job", "Takes snapshots and offers them to pull jobs.");
    }

    @Override
    protected JobSettings.Source build(Values values) {
      return new JobSettings.Source(
          values.get(name),
          values.get(filesystems),
          values.get(serve),
          values.get(snapshotting),
          values.get(send));
    }
  }
}
