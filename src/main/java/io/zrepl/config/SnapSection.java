package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.JobId;
import io.zrepl.prune.KeepRule;
import io.zrepl.snapshot.SnapshottingSettings;
import java.util.List;

/** A job of type snap. */
final class SnapSection extends Section<JobSettings.Snap> {
  private final Field<JobId> name =
      required("name", ConfigurationKinds.JOB_NAME, JobSections.NAME_MEANING);
  private final Field<DatasetFilter> filesystems =
      required(
          "filesystems",
          ConfigurationKinds.FILESYSTEMS,
          "What it snapshots and prunes; see [filesystems](filesystems.md).");
  private final Field<SnapshottingSettings> snapshotting =
      required("snapshotting", SnapshottingSections.SNAPSHOTTING, JobSections.SNAPSHOTTING_MEANING);
  private final Field<List<KeepRule>> pruning =
      required(
          "pruning",
          new PruningSections.OneSide(),
          "Which snapshots it keeps; see [pruning](pruning.md).");

  SnapSection() {
    super("snap job", "Takes snapshots and prunes them, without replication.");
  }

  @Override
  protected JobSettings.Snap build(Values values) {
    return new JobSettings.Snap(
        values.get(name), values.get(filesystems), values.get(snapshotting), values.get(pruning));
  }
}
