package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl test filesystems}: what the filter of a job does.
 *
 * <p>A line per dataset, with tabs between: {@code ACCEPT} or {@code REJECT}, the dataset, an error
 * text (always empty here, since datasets are valid before they get to the filter), and, as an
 * addition to what Go zrepl prints, the pattern that decided.
 */
final class TestFilesystemsCommand implements Verb {
  private final Services services;

  TestFilesystemsCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "filesystems",
            "Shows which datasets the filesystems filter of a job selects.",
            "Columns: verdict, dataset, error, deciding pattern; with a tab between them.")
        .addOption(
            Model.text("JOB", "Name of a push, source or snap job.", "--job")
                .required(true)
                .build())
        .addOption(Model.flag("--all", "All datasets of this machine."))
        .addOption(
            Model.text("DATASET", "Just this dataset, which need not exist.", "--input").build())
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    boolean all = arguments.flag("--all");
    String input = arguments.text("--input", "");
    if (all == !input.isEmpty()) {
      throw new CommandException("give exactly one of --all and --input");
    }
    DatasetFilter filter =
        filter(arguments.text("--job", ""), services.configuration(arguments).jobs());
    for (DatasetPath dataset : all ? everything() : one(input)) {
      Optional<DatasetFilter.Decision> decision = filter.decision(dataset);
      boolean selected = decision.map(DatasetFilter.Decision::selects).orElse(false);
      String pattern = decision.map(DatasetFilter.Decision::pattern).orElse("no pattern matches");
      services
          .console()
          .out()
          .println((selected ? "ACCEPT\t" : "REJECT\t") + dataset + "\t\t" + pattern);
    }
    return 0;
  }

  private List<DatasetPath> everything() throws CommandException, InterruptedException {
    try {
      return services.datasets().paths();
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  private static List<DatasetPath> one(String input) throws CommandException {
    try {
      return List.of(DatasetPath.parse(input));
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --input: " + e.getMessage(), e);
    }
  }

  private static DatasetFilter filter(String job, List<JobSettings> jobs) throws CommandException {
    for (JobSettings settings : jobs) {
      if (settings.id().toString().equals(job)) {
        return switch (settings) {
          case JobSettings.Push push -> push.filesystems();
          case JobSettings.Source source -> source.filesystems();
          case JobSettings.Snap snap -> snap.filesystems();
          case JobSettings.Sink sink -> throw noFilter(sink, "sink");
          case JobSettings.Pull pull -> throw noFilter(pull, "pull");
          case JobSettings.Unusable unusable -> throw noFilter(unusable, unusable.type());
        };
      }
    }
    String names =
        jobs.stream()
            .map(settings -> "\"" + settings.id() + "\"")
            .collect(Collectors.joining(", "));
    throw new CommandException(
        "job \"%s\" is not in the configuration; it has: %s"
            .formatted(job, names.isEmpty() ? "no jobs" : names));
  }

  private static CommandException noFilter(JobSettings job, String type) {
    return new CommandException(
        "job \"%s\" has no filesystems filter: it is a %s job".formatted(job.id(), type));
  }
}
