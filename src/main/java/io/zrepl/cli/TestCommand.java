package io.zrepl.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code zrepl test}: a group of commands. */
@Command(
    name = "test",
    synopsisSubcommandLabel = "COMMAND",
    description = "Tries parts of the configuration without doing anything.")
final class TestCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    return Usage.print(spec);
  }
}
