package io.zrepl.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Help;

/** The program: from a command line to an exit status. */
public final class Application {
  private final Services services;

  /**
   * Makes the program.
   *
   * @param services what its commands work with
   */
  public Application(Services services) {
    this.services = services;
  }

  /**
   * Runs one command.
   *
   * @param arguments the command line
   * @return the exit status: 0, or 1 after a failure
   */
  public int run(String... arguments) {
    Failures failures = new Failures(services.console());
    try {
      return commandLine(failures).execute(arguments);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failures.report(e);
    } finally {
      services.console().out().flush();
      services.console().err().flush();
    }
  }

  private CommandLine commandLine(Failures failures) {
    RootCommand root = new RootCommand();
    CommandLine commandLine =
        new CommandLine(root)
            .addSubcommand(new DaemonCommand(root, services))
            .addSubcommand(new StatusCommand(root, services))
            .addSubcommand(new SignalCommand(root, services))
            .addSubcommand(new ConfigcheckCommand(root, services))
            .addSubcommand(new VersionCommand(root, services))
            .addSubcommand(
                new CommandLine(new TestCommand())
                    .addSubcommand(new TestFilesystemsCommand(root, services)))
            .addSubcommand(new HelpCommand())
            .addSubcommand(new CompletionCommand())
            .addSubcommand(new GencompletionCommand())
            .addSubcommand(new AotTrainingCommand(services));
    return commandLine
        .setExpandAtFiles(false)
        .setInterpolateVariables(false)
        .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
        .setOut(writer(services.console().out()))
        .setErr(writer(services.console().err()))
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }
}
