package io.zrepl.cli;

import io.zrepl.endpoint.local.abstraction.Abstraction;
import io.zrepl.endpoint.local.abstraction.AbstractionLister;
import io.zrepl.endpoint.local.abstraction.AbstractionListing;
import io.zrepl.endpoint.local.abstraction.AbstractionQuery;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl zfs-abstraction list}. */
final class AbstractionListCommand implements Verb {
  private final Services services;

  AbstractionListCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return AbstractionOptions.addTo(
            Model.command(this, "list", "Lists the holds and bookmarks of zrepl, one a line."))
        .addOption(Model.flag("--json", "A JSON object for each instead."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    AbstractionQuery query = AbstractionOptions.query(arguments, services.console().variables());
    AbstractionOptions.concurrency(arguments);
    AbstractionListing listing;
    try (ZfsAccess.Session session = services.zfs().open()) {
      listing = new AbstractionLister(session.zfs()).list(query);
    }
    PrintStream out = services.console().out();
    for (Abstraction abstraction : listing.abstractions()) {
      out.println(
          arguments.flag("--json")
              ? AbstractionJson.object(abstraction) + "\n"
              : abstraction.toString());
    }
    return report(listing.problems(), services.console()) ? Failures.STATUS : 0;
  }

  /**
   * Tells what could not be listed.
   *
   * @return whether there was something to tell
   */
  static boolean report(List<AbstractionListing.Problem> problems, Console console) {
    console.out().flush();
    for (AbstractionListing.Problem problem : problems) {
      console.err().println("%s: %s".formatted(problem.where(), problem.cause().describe()));
    }
    if (problems.isEmpty()) {
      return false;
    }
    console
        .err()
        .println(
            "there may be more holds and bookmarks: %d could not be listed"
                .formatted(problems.size()));
    return true;
  }
}
