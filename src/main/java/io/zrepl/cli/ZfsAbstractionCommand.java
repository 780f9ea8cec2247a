package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl zfs-abstraction}: a group of commands. */
final class ZfsAbstractionCommand implements Verb {
  private final Services services;

  ZfsAbstractionCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(
                this,
                "zfs-abstraction",
                "Looks after the holds and bookmarks with which zrepl protects snapshots.")
            .addSubcommand("list", new AbstractionListCommand(services).model())
            .addSubcommand(
                "release-all",
                new AbstractionReleaseCommand(services, AbstractionReleaseCommand.Choice.ALL)
                    .model())
            .addSubcommand(
                "release-stale",
                new AbstractionReleaseCommand(services, AbstractionReleaseCommand.Choice.STALE)
                    .model())
            .addSubcommand("create", new AbstractionCreateCommand(services).model());
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    return spec;
  }

  @Override
  public int run(Arguments arguments) {
    return arguments.explain();
  }
}
