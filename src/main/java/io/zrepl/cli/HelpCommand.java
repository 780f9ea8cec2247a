package io.zrepl.cli;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zrepl help VERB…}: also for verbs of groups. */
@Command(name = "help", description = "Explains a command.")
final class HelpCommand implements Callable<Integer> {
  @Parameters(paramLabel = "COMMAND", description = "The command, for example: test filesystems")
  private List<String> verbs = List.of();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws CommandException {
    CommandLine command = requireNonNull(spec, "picocli injects it").root().commandLine();
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
