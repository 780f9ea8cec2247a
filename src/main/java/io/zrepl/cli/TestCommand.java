package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl test}: a group of commands. */
final class TestCommand implements Verb {
  private final Services services;

  TestCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "test", "Tries parts of the configuration without doing anything.")
            .addSubcommand("filesystems", new TestFilesystemsCommand(services).model())
            .addSubcommand("placeholder", new TestPlaceholderCommand(services).model())
            .addSubcommand(
                "decoderesumetoken", new DecodeResumeTokenCommand(services.console()).model());
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    return spec;
  }

  @Override
  public int run(Arguments arguments) {
    return arguments.explain();
  }
}
