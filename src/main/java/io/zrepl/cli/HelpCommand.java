package io.zrepl.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code zrepl help VERB…}: also for verbs of groups. */
@Command(name = "help", description = "Explains a command.")
final class HelpCommand implements Callable<Integer> {
  @Parameters(paramLabel = "COMMAND", description = "The command, for example: test filesystems")
  private List<String> verbs = List.of();

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
  public Integer call() throws CommandException {
    CommandLine command = program.get();
    for (String verb : verbs) {
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
