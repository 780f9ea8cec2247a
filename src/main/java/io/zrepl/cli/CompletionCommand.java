package io.zrepl.cli;

import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl completion SHELL}: the script on standard output. */
final class CompletionCommand implements Verb {
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
  public CommandSpec model() {
    return Model.command(
            this,
            "completion",
            "Prints a script with which the shell completes commands and options.")
        .addPositional(Model.word(0, false, "SHELL", "bash, zsh or fish."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    String shell = arguments.word(0);
    if (shell.isEmpty()) {
      return arguments.explain();
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
    return switch (shell) {
      case "bash" -> AutoComplete.bash("zrepl", program);
      case "zsh" -> new ShellCompletion(CommandLevel.of(program)).zsh();
      case "fish" -> new ShellCompletion(CommandLevel.of(program)).fish();
      default ->
          throw new CommandException(
              "no completion for \"%s\": use bash, zsh or fish".formatted(shell));
    };
  }
}
