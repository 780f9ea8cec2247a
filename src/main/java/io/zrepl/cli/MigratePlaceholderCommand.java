package io.zrepl.cli;

import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetActivity;
import io.zrepl.zfs.lock.DatasetLocks;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl migrate 0.0.X:0.1:placeholder}: replaces the hash with which very old versions
 * marked placeholders, which a rename makes invalid.
 */
final class MigratePlaceholderCommand implements Verb {
  static final String NAME = "0.0.X:0.1:placeholder";

  private final Services services;

  MigratePlaceholderCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            NAME,
            "Replaces the old mark of placeholders below the root_fs of sink and pull jobs.")
        .addOption(Model.flag("--dry-run", "Only say what would be changed."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    List<JobSettings> jobs = services.configuration(arguments).jobs();
    boolean dryRun = arguments.flag("--dry-run");
    boolean failed = false;
    try (ZfsAccess.Session session = services.zfs().open();
        CommandLocks locks = CommandLocks.open(services, arguments)) {
      for (JobSettings job : jobs) {
        failed |=
            switch (job) {
              case JobSettings.Sink sink ->
                  migrate(session.zfs(), locks.locks(), sink.id(), sink.rootFilesystem(), dryRun);
              case JobSettings.Pull pull ->
                  migrate(session.zfs(), locks.locks(), pull.id(), pull.rootFilesystem(), dryRun);
              case JobSettings.Push _, JobSettings.Source _, JobSettings.Snap _ -> {
                out().println("job \"%s\": ignored, it does not receive".formatted(job.id()));
                yield false;
              }
              case JobSettings.Unusable unusable -> {
                out().println("job \"%s\": %s".formatted(job.id(), unusable.problem()));
                yield true;
              }
            };
      }
    }
    return failed ? Failures.STATUS : 0;
  }

  private boolean migrate(Zfs zfs, DatasetLocks locks, JobId job, DatasetPath root, boolean dryRun)
      throws InterruptedException {
    out().println("job \"%s\": datasets at and below %s".formatted(job, root));
    DatasetListing listing;
    try {
      listing = zfs.datasets(DatasetSelection.subtree(root));
      if (!listing.missing().isEmpty()) {
        throw OperationException.permanent("dataset %s does not exist".formatted(root));
      }
    } catch (OperationException e) {
      out().println("  error      %s: %s".formatted(root, e.describe()));
      return true;
    }
    boolean failed = false;
    for (Dataset dataset : listing.datasets()) {
      if (!dataset.placeholder().hasLegacyMark()) {
        out().println("  unchanged  " + dataset.path());
        continue;
      }
      try {
        if (!dryRun) {
          mark(zfs, locks, dataset.path());
        }
        out().println("  migrate    " + dataset.path());
      } catch (OperationException e) {
        out().println("  error      %s: %s".formatted(dataset.path(), e.describe()));
        failed = true;
      }
    }
    return failed;
  }

  /** Looks again once nobody can be replacing the placeholder any more. */
  private static void mark(Zfs zfs, DatasetLocks locks, DatasetPath path)
      throws OperationException, InterruptedException {
    try (DatasetLocks.Held _ =
        locks.enter(path, DatasetActivity.MARK_PLACEHOLDER, "this command")) {
      boolean still =
          zfs.datasets(DatasetSelection.only(path)).datasets().stream()
              .anyMatch(dataset -> dataset.placeholder().hasLegacyMark());
      if (still) {
        zfs.setPlaceholder(path, true);
      }
    }
  }

  private PrintStream out() {
    return services.console().out();
  }
}
