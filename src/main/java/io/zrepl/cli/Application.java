package io.zrepl.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

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
    int status;
    try {
      status = commandLine(failures, verb(arguments)).execute(arguments);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      status = failures.report(e);
    }
    // A full disk must not look like success to a script that goes on with what was written.
    if (services.console().out().checkError() && status == 0) {
      services.console().err().println("the standard output could not be written");
      status = Failures.STATUS;
    }
    services.console().err().flush();
    return status;
  }

  /**
   * Builds picocli's model. Each command in it costs start-up time, so that a known verb gets no
   * other command beside it.
   *
   * @param wanted the verb; any other text for all commands
   */
  private CommandLine commandLine(Failures failures, String wanted) {
    CommandSpec program = new Program().model();
    Map<String, Supplier<Verb>> verbs = verbs(() -> commandLine(failures, ""));
    for (Map.Entry<String, Supplier<Verb>> verb : verbs.entrySet()) {
      if (!verbs.containsKey(wanted) || verb.getKey().equals(wanted)) {
        program.addSubcommand(verb.getKey(), verb.getValue().get().model());
      }
    }
    return new CommandLine(program)
        .setExpandAtFiles(false)
        .setInterpolateVariables(false)
        .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
        .setOut(writer(services.console().out()))
        .setErr(writer(services.console().err()))
        .setParameterExceptionHandler(failures)
        .setExecutionStrategy(parsed -> execute(parsed, failures));
  }

  private static int execute(ParseResult parsed, Failures failures) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    Arguments arguments = new Arguments(parsed);
    try {
      return arguments.verb().run(arguments);
    } catch (ParameterException e) {
      throw e; // told with the usage
    } catch (CommandException
        | InterruptedException
        | RuntimeException
        | LinkageError
        | StackOverflowError e) {
      failures.report(e);
      return arguments.verb().failureStatus();
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** In the order of the help. */
  private Map<String, Supplier<Verb>> verbs(Supplier<CommandLine> whole) {
    Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
    verbs.put("daemon", () -> new DaemonCommand(services));
    verbs.put("status", () -> new StatusCommand(services));
    verbs.put("monitor", () -> new MonitorCommand(services));
    verbs.put("signal", () -> new SignalCommand(services));
    verbs.put("run", () -> new RunCommand(services));
    verbs.put("prune", () -> new PruneCommand(services));
    verbs.put("configcheck", () -> new ConfigcheckCommand(services));
    verbs.put("version", () -> new VersionCommand(services));
    verbs.put("test", () -> new TestCommand(services));
    verbs.put("zfs-abstraction", () -> new ZfsAbstractionCommand(services));
    verbs.put("migrate", () -> new MigrateCommand(services));
    verbs.put("stdinserver", () -> new StdinserverCommand(services));
    verbs.put("tls", () -> new TlsCommand(services.console()));
    verbs.put("help", () -> new HelpCommand(whole));
    verbs.put("completion", () -> new CompletionCommand(whole));
    verbs.put("gencompletion", () -> new GencompletionCommand(whole));
    verbs.put("man-pages", () -> new ManPagesCommand(whole));
    verbs.put("aot-training", () -> new AotTrainingCommand(services));
    return verbs;
  }

  /** The first argument that is neither an option nor the value of {@code --config}. */
  private static String verb(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (!arguments[i].startsWith("-")) {
        return arguments[i];
      }
      if (arguments[i].equals("--config")) {
        i++;
      } else if (!arguments[i].startsWith("--config=")) {
        return "";
      }
    }
    return "";
  }
}
