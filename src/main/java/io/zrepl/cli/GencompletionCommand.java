package io.zrepl.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl gencompletion SHELL FILE}: the script in a file, for packages. */
final class GencompletionCommand implements Verb {
  private final Supplier<CommandLine> program;

  /**
   * Creates the command.
   *
   * @param program all commands
   */
  GencompletionCommand(Supplier<CommandLine> program) {
    this.program = program;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "gencompletion",
            "Writes a script with which the shell completes commands and options.")
        .addPositional(Model.word(0, false, "SHELL", "bash, zsh or fish."))
        .addPositional(Model.word(1, false, "FILE", "Is overwritten."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    String shell = arguments.word(0);
    if (shell.isEmpty()) {
      return arguments.explain();
    }
    String script = CompletionCommand.script(program.get(), shell);
    String file = arguments.word(1);
    if (file.isEmpty()) {
      throw new CommandException("missing FILE: usage is gencompletion bash|zsh|fish FILE");
    }
    try {
      Files.writeString(Arguments.path("FILE", file), script);
    } catch (IOException e) {
      throw new CommandException("cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
    return 0;
  }
}
