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
      return commandLine(failures, verb(arguments)).execute(arguments);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failures.report(e);
    } finally {
      services.console().out().flush();
      services.console().err().flush();
    }
  }

  /**
   * Builds picocli's model. What it learns about a command by reflection costs several
   * milliseconds, so that a known verb gets no other command beside it.
   *
   * @param wanted the verb; any other text for all commands
   */
  private CommandLine commandLine(Failures failures, String wanted) {
    RootCommand root = new RootCommand();
    CommandLine commandLine = new CommandLine(root);
    Map<String, Supplier<Object>> verbs = verbs(root, () -> commandLine(failures, ""));
    for (Map.Entry<String, Supplier<Object>> verb : verbs.entrySet()) {
      if (!verbs.containsKey(wanted) || verb.getKey().equals(wanted)) {
        commandLine.addSubcommand(verb.getKey(), verb.getValue().get());
      }
    }
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

  /** In the order of the help. */
  private Map<String, Supplier<Object>> verbs(RootCommand root, Supplier<CommandLine> whole) {
    Map<String, Supplier<Object>> verbs = new LinkedHashMap<>();
    verbs.put("daemon", () -> new DaemonCommand(root, services));
    verbs.put("status", () -> new StatusCommand(root, services));
    verbs.put("signal", () -> new SignalCommand(root, services));
    verbs.put("configcheck", () -> new ConfigcheckCommand(root, services));
    verbs.put("version", () -> new VersionCommand(root, services));
    verbs.put("test", () -> testGroup(root));
    verbs.put("help", () -> new HelpCommand(whole));
    verbs.put("completion", () -> new CompletionCommand(whole));
    verbs.put("gencompletion", () -> new GencompletionCommand(whole));
    verbs.put("aot-training", () -> new AotTrainingCommand(services));
    return verbs;
  }

  private CommandLine testGroup(RootCommand root) {
    return new CommandLine(new TestCommand())
        .addSubcommand(new TestFilesystemsCommand(root, services));
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
