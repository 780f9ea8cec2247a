package io.zrepl.cli;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The help of a command that does nothing by itself. */
final class Usage {
  private Usage() {}

  /**
   * Prints it on standard output.
   *
   * @param spec injected by picocli before any command runs
   * @return the exit status
   */
  static int print(@Nullable CommandSpec spec) {
    var commandLine = requireNonNull(spec, "picocli injects it").commandLine();
    commandLine.usage(commandLine.getOut());
    return 0;
  }
}
