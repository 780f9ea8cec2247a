package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl} without a verb: prints its help. */
final class Program implements Verb {
  @Override
  public CommandSpec model() {
    return Model.program(this);
  }

  @Override
  public int run(Arguments arguments) {
    return arguments.explain();
  }
}
