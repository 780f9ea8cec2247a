package io.zrepl.cli;

import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Compares a valid configuration with the datasets that there are. */
final class AgainstZfs {
  private AgainstZfs() {}

  /**
   * What does not fit.
   *
   * @return one text each, in the order of the jobs
   * @throws CommandException if the datasets cannot be listed
   */
  static List<String> warnings(List<JobSettings> jobs, DatasetLister lister)
      throws CommandException, InterruptedException {
    List<DatasetPath> datasets;
    try {
      datasets = lister.paths();
    } catch (OperationException e) {
      throw new CommandException("cannot compare with ZFS: " + e.describe(), e);
    }
    Set<DatasetPath> known = new HashSet<>(datasets);
    List<String> warnings = new ArrayList<>();
    for (JobSettings job : jobs) {
      filter(job).ifPresent(filter -> check(job, filter, datasets, known, warnings));
      root(job)
          .filter(root -> !known.contains(root))
          .ifPresent(root ->
              warnings.add(
                  "job \"%s\": root_fs: there is no dataset %s; create it, for example with: zfs create -p -o mountpoint=none %s"
                      .formatted(job.id(), root, root)));
    }
    return warnings;
  }

  private static void check(
      JobSettings job,
      DatasetFilter filter,
      List<DatasetPath> datasets,
      Set<DatasetPath> known,
      List<String> warnings) {
    if (datasets.stream().noneMatch(filter::matches)) {
      warnings.add("job \"%s\": filesystems: no dataset is selected".formatted(job.id()));
    }
    for (String pattern : filter.patterns()) {
      String path = pattern.endsWith("<") ? pattern.substring(0, pattern.length() - 1) : pattern;
      if (!path.isEmpty() && known.stream().noneMatch(each -> each.toString().equals(path))) {
        warnings.add(
            "job \"%s\": filesystems: there is no dataset %s (pattern \"%s\")"
                .formatted(job.id(), path, pattern));
      }
    }
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
