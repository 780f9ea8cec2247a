package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code zrepl test filesystems}: what the filter of a job does.
 *
 * <p>A line per dataset, with tabs between: {@code ACCEPT} or {@code REJECT}, the dataset, an error
 * text (always empty here, since datasets are valid before they get to the filter), and, as an
 * addition to what Go zrepl prints, the pattern that decided.
 */
@Command(
    name = "filesystems",
    description = {
      "Shows which datasets the filesystems filter of a job selects.",
      "Columns: verdict, dataset, error, deciding pattern; with a tab between them."
    })
final class TestFilesystemsCommand extends LenientCommand {
  private final RootCommand root;
  private final Services services;

  @Option(
      names = "--job",
      paramLabel = "JOB",
      required = true,
      description = "Name of a push, source or snap job.")
  private String job = "";

  @Option(names = "--all", description = "All datasets of this machine.")
  private boolean all;

  @Option(
      names = "--input",
      paramLabel = "DATASET",
      description = "Just this dataset, which need not exist.")
  private String input = "";

  TestFilesystemsCommand(RootCommand root, Services services) {
    this.root = root;
    this.services = services;
  }

  @Override
  public Integer call() throws CommandException, InterruptedException {
    if (all == !input.isEmpty()) {
      throw new CommandException("give exactly one of --all and --input");
    }
    DatasetFilter filter = filter(services.configuration(root).jobs());
    for (DatasetPath dataset : datasets()) {
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

  private List<DatasetPath> datasets() throws CommandException, InterruptedException {
    try {
      return all ? services.datasets().list() : List.of(DatasetPath.parse(input));
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --input: " + e.getMessage(), e);
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  private DatasetFilter filter(List<JobSettings> jobs) throws CommandException {
    for (JobSettings settings : jobs) {
      if (settings.id().toString().equals(job)) {
        return switch (settings) {
          case JobSettings.Push push -> push.filesystems();
          case JobSettings.Sink sink ->
              throw new CommandException(
                  "job \"%s\" has no filesystems filter: it is a sink job".formatted(sink.id()));
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
}
