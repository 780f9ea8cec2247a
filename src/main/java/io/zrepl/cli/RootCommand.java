package io.zrepl.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program itself: without a verb it prints its help. */
@Command(
    name = "zrepl",
    header = "Takes, replicates and prunes ZFS snapshots.",
    synopsisSubcommandLabel = "COMMAND",
    description = "One configuration file describes what is done; `zrepl daemon` does it.")
final class RootCommand implements Callable<Integer> {

  @Option(
      names = "--config",
      paramLabel = "PATH",
      scope = ScopeType.INHERIT,
      description =
          "The configuration file. Without it: /etc/zrepl/zrepl.yml, then"
              + " /usr/local/etc/zrepl/zrepl.yml.")
  private String config = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Explains the command.")
  @SuppressWarnings("UnusedVariable") // picocli itself looks at it
  private boolean help;

  @Spec private @Nullable CommandSpec spec;

  /** The file that the user names, if any. */
  Optional<Path> configurationFile() {
    return config.isEmpty() ? Optional.empty() : Optional.of(Path.of(config));
  }

  @Override
  public Integer call() {
    return Usage.print(spec);
  }
}
