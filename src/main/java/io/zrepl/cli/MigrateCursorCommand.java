package io.zrepl.cli;

import io.zrepl.endpoint.local.abstraction.Abstraction;
import io.zrepl.endpoint.local.abstraction.AbstractionLister;
import io.zrepl.endpoint.local.abstraction.AbstractionListing;
import io.zrepl.endpoint.local.abstraction.AbstractionQuery;
import io.zrepl.endpoint.local.abstraction.AbstractionRelease;
import io.zrepl.endpoint.local.abstraction.AbstractionType;
import io.zrepl.endpoint.local.abstraction.CreateTxgRange;
import io.zrepl.endpoint.local.abstraction.LegacyCursorMigration;
import io.zrepl.endpoint.local.abstraction.LegacyCursorMigration.Decision;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Zfs;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl migrate replication-cursor:v1-v2}: removes the cursors of very old versions where a
 * cursor of today takes their place.
 */
final class MigrateCursorCommand implements Verb {
  static final String NAME = "replication-cursor:v1-v2";

  private final Services services;

  MigrateCursorCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            NAME,
            "Destroys the bookmarks #zrepl_replication_cursor of very old versions, where the job"
                + " that sends the filesystem has a cursor of its own by now.")
        .addOption(Model.flag("--dry-run", "Only say what would be destroyed."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    Map<JobId, DatasetFilter> senders = new TreeMap<>();
    for (JobSettings job : services.configuration(arguments).jobs()) {
      switch (job) {
        case JobSettings.Push push -> senders.put(push.id(), push.filesystems());
        case JobSettings.Source source -> senders.put(source.id(), source.filesystems());
        case JobSettings.Pull _,
            JobSettings.Sink _,
            JobSettings.Snap _,
            JobSettings.Unusable _ -> {}
      }
    }
    AbstractionQuery query =
        new AbstractionQuery(
            new AbstractionQuery.Filesystems.All(),
            Set.of(AbstractionType.CURSOR, AbstractionType.LEGACY_CURSOR),
            Optional.empty(),
            CreateTxgRange.ALL);
    try (ZfsAccess.Session session = services.zfs().open()) {
      AbstractionListing listing = new AbstractionLister(session.zfs()).list(query);
      boolean failed = AbstractionListCommand.report(listing.problems(), services.console());
      List<Abstraction> obsolete = new ArrayList<>();
      for (Decision decision :
          LegacyCursorMigration.decide(
              filesystems(session.zfs()), senders, listing.abstractions())) {
        switch (decision) {
          case Decision.Skip(DatasetPath filesystem, String why) ->
              out().println("%s: skipped: %s".formatted(filesystem, why));
          case Decision.Fail(DatasetPath filesystem, String why) -> {
            out().println("%s: failed: %s".formatted(filesystem, why));
            failed = true;
          }
          case Decision.Destroy(DatasetPath filesystem, Abstraction old, Abstraction successor) -> {
            if (arguments.flag("--dry-run")) {
              out()
                  .println(
                      "%s: would destroy %s, replaced by %s"
                          .formatted(filesystem, old.fullPath(), successor.fullPath()));
            } else {
              obsolete.add(old);
            }
          }
        }
      }
      failed |= destroy(session.zfs(), arguments, obsolete, query, senders);
      return failed ? Failures.STATUS : 0;
    }
  }

  private static List<DatasetPath> filesystems(Zfs zfs)
      throws CommandException, InterruptedException {
    try {
      return zfs.datasets(new DatasetSelection.Everything()).datasets().stream()
          .map(Dataset::path)
          .toList();
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  /** Decides again under lock: by then the job may have moved its cursor, or lost it. */
  private boolean destroy(
      Zfs zfs,
      Arguments arguments,
      List<Abstraction> obsolete,
      AbstractionQuery query,
      Map<JobId, DatasetFilter> senders)
      throws InterruptedException {
    AtomicBoolean failed = new AtomicBoolean();
    if (obsolete.isEmpty()) {
      return false;
    }
    List<DatasetPath> filesystems = obsolete.stream().map(Abstraction::filesystem).toList();
    try (CommandLocks locks = CommandLocks.open(services, arguments)) {
      new AbstractionRelease(zfs, locks.locks(), 1)
          .release(
              obsolete,
              query,
              found -> destroyed(LegacyCursorMigration.decide(filesystems, senders, found)),
              outcome -> {
                String where = outcome.abstraction().fullPath();
                outcome
                    .failure()
                    .ifPresentOrElse(
                        e -> {
                          failed.set(true);
                          out().println("%s: failed: %s".formatted(where, e.describe()));
                        },
                        () -> out().println(where + ": destroyed"));
              });
    }
    return failed.get();
  }

  private static List<Abstraction> destroyed(List<Decision> decisions) {
    List<Abstraction> old = new ArrayList<>();
    for (Decision decision : decisions) {
      if (decision instanceof Decision.Destroy destroy) {
        old.add(destroy.old());
      }
    }
    return old;
  }

  private PrintStream out() {
    return services.console().out();
  }
}
