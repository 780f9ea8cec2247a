package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl daemon}. */
final class DaemonCommand implements Verb {
  private final Services services;

  DaemonCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this, "daemon", "Runs the daemon in the foreground until SIGTERM or SIGINT.")
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    return services.daemon().run(services.configuration(arguments));
  }
}
