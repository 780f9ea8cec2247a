package io.zrepl.cli;

import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl help VERB…}: also for verbs of groups. */
final class HelpCommand implements Verb {
  private final Supplier<CommandLine> program;

  /**
   * Creates the command.
   *
   * @param program all commands
   */
  HelpCommand(Supplier<CommandLine> program) {
    this.program = program;
  }

  @Override
  public CommandSpec model() {
    return Model.command(this, "help", "Explains a command.")
        .addPositional(
            Model.words("COMMAND", "The command, for example: test filesystems").build());
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    CommandLine command = program.get();
    for (String verb : arguments.words()) {
      CommandLine next = command.getSubcommands().get(verb);
      if (next == null) {
        throw new CommandException(
            "unknown command \"%s\" for \"%s\""
                .formatted(verb, command.getCommandSpec().qualifiedName()));
      }
      command = next;
    }
    command.usage(command.getOut());
    return 0;
  }
}
