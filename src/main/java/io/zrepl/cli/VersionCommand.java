package io.zrepl.cli;

import io.zrepl.control.ControlException;
import io.zrepl.control.VersionInformation;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl version}. */
final class VersionCommand implements Verb {
  private final Services services;

  VersionCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(this, "version", "Shows the versions of this program and of the daemon.")
        .addOption(Model.text("WHICH", "client or daemon. Without it both.", "--show").build())
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    String show = arguments.text("--show", "");
    boolean both = show.isEmpty();
    if (!both && !show.equals("client") && !show.equals("daemon")) {
      throw new CommandException("invalid --show \"" + show + "\": use client or daemon");
    }
    Console console = services.console();
    VersionInformation client = VersionInformation.current();
    if (!show.equals("daemon")) {
      console.out().println("client: " + client);
    }
    if (show.equals("client")) {
      return 0;
    }
    VersionInformation daemon;
    try {
      daemon = services.controlClient(arguments).version();
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    console.out().println("server: " + daemon);
    if (both && !daemon.version().equals(client.version())) {
      console
          .err()
          .println(
              "warning: the daemon has another version than this program."
                  + " After an update the daemon has to be restarted.");
    }
    return 0;
  }
}
