package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl migrate}: a group of commands. */
final class MigrateCommand implements Verb {
  private final Services services;

  MigrateCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "migrate", "Brings what very old versions left up to date.")
            .addSubcommand(
                MigratePlaceholderCommand.NAME, new MigratePlaceholderCommand(services).model())
            .addSubcommand(MigrateCursorCommand.NAME, new MigrateCursorCommand(services).model());
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    return spec;
  }

  @Override
  public int run(Arguments arguments) {
    return arguments.explain();
  }
}
