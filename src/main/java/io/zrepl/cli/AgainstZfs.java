package io.zrepl.cli;

import io.zrepl.config.JobPlaces;
import io.zrepl.config.yaml.Problem;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Compares a valid configuration with the datasets that there are. */
final class AgainstZfs {
  private final JobPlaces places;
  private final Set<String> known;
  private final List<DatasetPath> datasets;
  private final List<String> warnings = new ArrayList<>();

  private AgainstZfs(JobPlaces places, List<DatasetPath> datasets) {
    this.places = places;
    this.datasets = datasets;
    this.known = datasets.stream().map(DatasetPath::toString).collect(Collectors.toSet());
  }

  /**
   * What does not fit.
   *
   * @return one text each with its place in the file, in the order of the jobs
   * @throws CommandException if the datasets cannot be listed
   */
  static List<String> warnings(ConfigurationSource.Loaded loaded, DatasetLister lister)
      throws CommandException, InterruptedException {
    List<DatasetPath> datasets;
    try {
      datasets = lister.paths();
    } catch (OperationException e) {
      throw new CommandException("cannot compare with ZFS: " + e.describe(), e);
    }
    AgainstZfs comparison = new AgainstZfs(loaded.places(), datasets);
    loaded.configuration().jobs().forEach(comparison::check);
    return comparison.warnings;
  }

  private void check(JobSettings job) {
    filter(job).ifPresent(filter -> check(job.id(), filter));
    root(job)
        .filter(root -> !known.contains(root.toString()))
        .ifPresent(root ->
            warn(
                places.at(
                    job.id(),
                    "root_fs",
                    "there is no dataset %s; create it, for example with: zfs create -p -o mountpoint=none %s"
                        .formatted(root, root))));
  }

  private void check(JobId job, DatasetFilter filter) {
    if (datasets.stream().noneMatch(filter::matches)) {
      warn(places.at(job, "filesystems", "no dataset is selected"));
    }
    for (String pattern : filter.patterns()) {
      String path = pattern.endsWith("<") ? pattern.substring(0, pattern.length() - 1) : pattern;
      if (!path.isEmpty() && !known.contains(path)) {
        warn(places.atEntry(job, "filesystems", pattern, "there is no dataset " + path));
      }
    }
  }

  private void warn(Problem problem) {
    warnings.add(problem.render());
  }

  private static Optional<DatasetFilter> filter(JobSettings job) {
    return switch (job) {
      case JobSettings.Push push -> Optional.of(push.filesystems());
      case JobSettings.Source source -> Optional.of(source.filesystems());
      case JobSettings.Snap snap -> Optional.of(snap.filesystems());
      case JobSettings.Pull _, JobSettings.Sink _, JobSettings.Unusable _ -> Optional.empty();
    };
  }

  private static Optional<DatasetPath> root(JobSettings job) {
    return switch (job) {
      case JobSettings.Pull pull -> Optional.of(pull.rootFilesystem());
      case JobSettings.Sink sink -> Optional.of(sink.rootFilesystem());
      case JobSettings.Push _, JobSettings.Source _, JobSettings.Snap _, JobSettings.Unusable _ ->
          Optional.empty();
    };
  }
}
