package io.zrepl.cli;

import io.zrepl.control.VersionInformation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl man-pages FOLDER DATE}: writes the manual pages, for packages. */
final class ManPagesCommand implements Verb {
  private final Supplier<CommandLine> program;

  /**
   * Creates the command.
   *
   * @param program all commands
   */
  ManPagesCommand(Supplier<CommandLine> program) {
    this.program = program;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "man-pages", "For packages: writes the manual pages.")
            .addPositional(Model.word(0, true, "FOLDER", "Where to; it must exist."))
            .addPositional(Model.word(1, true, "DATE", "Date of the version, like 2026-01-01."));
    spec.usageMessage().hidden(true);
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    Path folder = Arguments.path("FOLDER", arguments.word(0));
    ManPages pages =
        new ManPages(
            CommandLevel.of(program.get()),
            VersionInformation.current().version(),
            arguments.word(1));
    for (Map.Entry<String, String> page : pages.files().entrySet()) {
      try {
        Files.writeString(folder.resolve(page.getKey()), page.getValue());
      } catch (IOException e) {
        throw new CommandException(
            "cannot write %s: %s".formatted(folder.resolve(page.getKey()), e.getMessage()), e);
      }
    }
    return 0;
  }
}
