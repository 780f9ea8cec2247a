package io.zrepl.cli;

import io.zrepl.control.ControlException;
import io.zrepl.control.VersionInformation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code zrepl version}. */
@Command(name = "version", description = "Shows the versions of this program and of the daemon.")
final class VersionCommand extends LenientCommand {
  private final RootCommand root;
  private final Services services;

  @Option(
      names = "--show",
      paramLabel = "WHICH",
      description = "client or daemon. Without it both.")
  private String show = "";

  VersionCommand(RootCommand root, Services services) {
    this.root = root;
    this.services = services;
  }

  @Override
  public Integer call() throws CommandException, InterruptedException {
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
      daemon = services.controlClient(root).version();
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
