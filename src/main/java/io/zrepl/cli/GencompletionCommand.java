package io.zrepl.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zrepl gencompletion SHELL FILE}: the script in a file, for packages. */
@Command(
    name = "gencompletion",
    description = "Writes a script with which the shell completes commands and options.")
final class GencompletionCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", index = "0", paramLabel = "SHELL", description = "bash or zsh.")
  private String shell = "";

  @Parameters(arity = "0..1", index = "1", paramLabel = "FILE", description = "Is overwritten.")
  private String file = "";

  @Spec private @Nullable CommandSpec spec;

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
  public Integer call() throws CommandException {
    if (shell.isEmpty()) {
      return Usage.print(spec);
    }
    String script = CompletionCommand.script(program.get(), shell);
    if (file.isEmpty()) {
      throw new CommandException("missing FILE: usage is gencompletion bash|zsh FILE");
    }
    try {
      Files.writeString(Path.of(file), script);
    } catch (IOException e) {
      throw new CommandException("cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
    return 0;
  }
}
