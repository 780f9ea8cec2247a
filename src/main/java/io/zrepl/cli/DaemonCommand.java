package io.zrepl.cli;

import picocli.CommandLine.Command;

/** {@code zrepl daemon}. */
@Command(
    name = "daemon",
    description = "Runs the daemon in the foreground until SIGTERM or SIGINT.")
final class DaemonCommand extends LenientCommand {
  private final RootCommand root;
  private final Services services;

  DaemonCommand(RootCommand root, Services services) {
    this.root = root;
    this.services = services;
  }

  @Override
  public Integer call() throws CommandException, InterruptedException {
    return services.daemon().run(services.configuration(root));
  }
}
