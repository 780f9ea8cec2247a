package io.zrepl.cli;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zrepl completion SHELL}: the script on standard output. */
@Command(
    name = "completion",
    description = "Prints a script with which the shell completes commands and options.")
final class CompletionCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "SHELL", description = "bash or zsh.")
  private String shell = "";

  @Spec private @Nullable CommandSpec spec;

  private final Supplier<CommandLine> program;

  /**
   * Creates the command.
   *
   * @param program all commands
   */
  CompletionCommand(Supplier<CommandLine> program) {
    this.program = program;
  }

  @Override
  public Integer call() throws CommandException {
    if (shell.isEmpty()) {
      return Usage.print(spec);
    }
    CommandLine all = program.get();
    all.getOut().print(script(all, shell));
    all.getOut().flush();
    return 0;
  }

  /**
   * The script for a shell.
   *
   * @throws CommandException if there is none for it
   */
  static String script(CommandLine program, String shell) throws CommandException {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw new CommandException("no completion for \"%s\": use bash or zsh".formatted(shell));
    }
    // The script works in both shells: in zsh it turns on its emulation of bash completion.
    return AutoComplete.bash("zrepl", program);
  }
}
