package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/**
 * A command: how it looks on the command line, and what it does.
 *
 * <p>The look is built by hand instead of from annotations: reading those by reflection would take
 * more than half of the start-up time of the whole program.
 */
interface Verb {
  /** Name, options and help, for picocli; made anew by each call. */
  CommandSpec model();

  /**
   * Does it.
   *
   * @return the exit status of the program
   * @throws CommandException if it fails; the message is for the user
   * @throws InterruptedException if the calling thread is interrupted
   */
  int run(Arguments arguments) throws CommandException, InterruptedException;

  /** The exit status where {@link #run} fails, or is not even called since the call is wrong. */
  default int failureStatus() {
    return Failures.STATUS;
  }
}
