package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.job.JobSettings;
import java.util.List;

/** A whole file. */
final class RootSection extends Section<RootSection.Content> {
  /**
   * What a file says.
   *
   * @param global what concerns the daemon as a whole
   * @param jobs in the order of the file
   */
  record Content(GlobalSection.Settings global, List<JobSettings> jobs) {}

  private final Field<GlobalSection.Settings> global =
      withDefaults("global", new GlobalSection(), "What concerns the daemon as a whole.");
  private final Field<List<JobSettings>> jobs =
      optional(
          "jobs",
          ListKind.of("jobs", JobSections.JOB),
          "[]",
          "What the daemon does; see [jobs](jobs.md).",
          "[{type: sink, name: vault, root_fs: backup/zrepl, serve: {type: local, listener_name: vault}}]");

  RootSection() {
    super("Configuration file", "The top level of the file.");
    // Followed by Includes, which looks at the nodes, since a file may have other problems.
    optional(
        Includes.KEY,
        ListKind.of("paths", ConfigurationKinds.TEXT),
        "[]",
        "Files that end in `.yml`, or directories of such, with more `jobs`; relative to this file.",
        "[/etc/zrepl/jobs.d]");
  }

  @Override
  protected Content build(Values values) {
    return new Content(values.get(global), values.get(jobs));
  }
}
