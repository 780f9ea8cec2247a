package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.local.abstraction.Abstraction;
import io.zrepl.endpoint.local.abstraction.AbstractionLister;
import io.zrepl.endpoint.local.abstraction.AbstractionListing;
import io.zrepl.endpoint.local.abstraction.AbstractionQuery;
import io.zrepl.endpoint.local.abstraction.AbstractionRelease;
import io.zrepl.endpoint.local.abstraction.StaleAbstractions;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Zfs;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl zfs-abstraction release-all} and {@code release-stale}. */
final class AbstractionReleaseCommand implements Verb {

  /** What is released. */
  enum Choice {
    /** Everything that the options select. */
    ALL("release-all"),
    /** Of that, what nobody needs any more. */
    STALE("release-stale");

    private final String verb;

    Choice(String verb) {
      this.verb = verb;
    }

    private String[] description() {
      return switch (this) {
        case ALL ->
            new String[] {
              "Releases all holds and destroys all bookmarks of zrepl that the options select.",
              "What they protect can be destroyed afterwards, and jobs lose their cursors."
            };
        case STALE ->
            new String[] {
              "Releases holds and destroys bookmarks of zrepl that no job needs any more:",
              "all cursors and last-received holds of a job and filesystem but the newest, and step"
                  + " holds that are not newer than the newest cursor."
            };
      };
    }

    private List<Abstraction> among(List<Abstraction> found) {
      return switch (this) {
        case ALL -> found;
        case STALE -> StaleAbstractions.among(found);
      };
    }
  }

  private final Services services;
  private final Choice choice;

  AbstractionReleaseCommand(Services services, Choice choice) {
    this.services = services;
    this.choice = choice;
  }

  @Override
  public CommandSpec model() {
    return AbstractionOptions.addTo(Model.command(this, choice.verb, choice.description()))
        .addOption(Model.flag("--dry-run", "Only say what would be destroyed."))
        .addOption(Model.flag("--json", "JSON instead of lines."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    AbstractionQuery query = AbstractionOptions.query(arguments, services.console().variables());
    int concurrency = AbstractionOptions.concurrency(arguments);
    if (choice == Choice.STALE) {
      try {
        StaleAbstractions.requireJudgeable(query);
      } catch (InvalidValueException e) {
        throw new CommandException(String.valueOf(e.getMessage()), e);
      }
    }
    try (ZfsAccess.Session session = services.zfs().open()) {
      AbstractionListing listing = new AbstractionLister(session.zfs()).list(query);
      boolean incomplete = AbstractionListCommand.report(listing.problems(), services.console());
      if (incomplete && choice == Choice.STALE) {
        throw new CommandException(
            "nothing was released: what is stale can only be told from everything");
      }
      List<Abstraction> chosen = choice.among(listing.abstractions());
      boolean json = arguments.flag("--json");
      if (arguments.flag("--dry-run")) {
        announce(chosen, json);
        return incomplete ? Failures.STATUS : 0;
      }
      boolean failed = release(session.zfs(), arguments, chosen, query, concurrency);
      return incomplete || failed ? Failures.STATUS : 0;
    }
  }

  private void announce(List<Abstraction> chosen, boolean json) {
    if (json) {
      services.console().out().println(AbstractionJson.list(chosen));
      return;
    }
    chosen.forEach(abstraction -> services.console().out().println("would destroy " + abstraction));
  }

  private boolean release(
      Zfs zfs,
      Arguments arguments,
      List<Abstraction> chosen,
      AbstractionQuery query,
      int concurrency)
      throws InterruptedException {
    AtomicBoolean failed = new AtomicBoolean();
    if (chosen.isEmpty()) {
      return false;
    }
    try (CommandLocks locks = CommandLocks.open(services, arguments)) {
      new AbstractionRelease(zfs, locks.locks(), concurrency)
          .release(
              chosen,
              query,
              choice::among,
              outcome -> {
                if (outcome.failure().isPresent()) {
                  failed.set(true);
                }
                print(outcome, arguments.flag("--json"));
              });
    }
    return failed.get();
  }

  private void print(AbstractionRelease.Outcome outcome, boolean json) {
    String failure = outcome.failure().map(OperationException::describe).orElse("");
    if (json) {
      services.console().out().println(AbstractionJson.released(outcome.abstraction(), failure));
    } else {
      services
          .console()
          .out()
          .println(
              "destroy %s ... %s"
                  .formatted(
                      outcome.abstraction(), failure.isEmpty() ? "OK" : "failed:\n" + failure));
    }
    services.console().out().flush();
  }
}
