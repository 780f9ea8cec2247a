package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl zfs-abstraction create}: a group of commands. */
final class AbstractionCreateCommand implements Verb {
  private final Services services;

  AbstractionCreateCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "create", "Makes objects as a job makes them.")
            .addSubcommand("step", new AbstractionCreateStepCommand(services).model());
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    return spec;
  }

  @Override
  public int run(Arguments arguments) {
    return arguments.explain();
  }
}
