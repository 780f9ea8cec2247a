package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.job.JobSettings;
import java.util.List;

/** The whole file. */
final class RootSection extends Section<Configuration> {
  private final Field<GlobalSection.Settings> global =
      withDefaults("global", new GlobalSection(), "What concerns the daemon as a whole.");
  private final Field<List<JobSettings>> jobs =
      optional("jobs", ListKind.of("jobs", JobSections.JOB), "[]", "What the daemon does.");

  RootSection() {
    super("Configuration file", "The top level of the file.");
    planned("include");
  }

  @Override
  protected Configuration build(Values values) {
    GlobalSection.Settings settings = values.get(global);
    return new Configuration(
        settings.logging(), settings.controlSocket(), settings.stallTimeout(), values.get(jobs));
  }
}
