package io.zrepl.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the user sees when something fails: a message, never a stack trace; exit status 1. */
final class Failures implements IParameterExceptionHandler {
  /** Exit status of every failure. */
  static final int STATUS = 1;

  private final Console console;

  Failures(Console console) {
    this.console = console;
  }

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !command.getSubcommands().isEmpty()) {
      console
          .err()
          .println(
              "Error: unknown command \"%s\" for \"%s\""
                  .formatted(unmatched.getUnmatched().getFirst(), name));
      console.err().println("Run '%s --help' for usage.".formatted(name));
    } else {
      console.err().println("Error: " + e.getMessage());
      command.usage(console.err());
    }
    return command.getCommandSpec().userObject() instanceof Verb verb
        ? verb.failureStatus()
        : STATUS;
  }

  /** Prints what the user should know. */
  int report(Throwable failure) {
    // What the command has printed comes first where both go to the same place.
    console.out().flush();
    switch (failure) {
      case CommandException expected ->
          console.err().println(Objects.requireNonNullElse(expected.getMessage(), ""));
      case InterruptedException interrupted -> console.err().println("interrupted");
      default ->
          console
              .err()
              .println(
                  "internal error: "
                      + failure
                      + (console.debug() ? "" : "\nRun it with ZREPL_DEBUG=1 to see where."));
    }
    if (console.debug()) {
      failure.printStackTrace(console.err());
    }
    return STATUS;
  }
}
