package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.config.EnvironmentLimits;
import io.zrepl.config.EnvironmentVariables;
import io.zrepl.daemon.ConfigurationReader;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl daemon}. */
final class DaemonCommand implements Verb {
  private final Services services;

  DaemonCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "daemon",
            "Runs the daemon in the foreground until SIGTERM or SIGINT; SIGHUP reloads.")
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    ConfigurationSource.Loaded loaded = load(arguments);
    loaded.warnings().forEach(warning -> services.console().err().println("warning: " + warning));
    EnvironmentVariables.warnings(services.console().variables())
        .forEach(warning -> services.console().err().println("warning: " + warning));
    services.console().err().flush();
    List<String> problems = EnvironmentLimits.problems(services.console().variables());
    if (!problems.isEmpty()) {
      throw new CommandException(
          "cannot start: environment variable " + String.join(", environment variable ", problems));
    }
    if (!loaded.unsupported().isEmpty()) {
      throw new CommandException("cannot start: " + unsupported(loaded));
    }
    return services.daemon().run(loaded.configuration(), () -> readAgain(arguments));
  }

  private Configuration readAgain(Arguments arguments)
      throws ConfigurationReader.UnusableException {
    try {
      ConfigurationSource.Loaded loaded = load(arguments);
      if (!loaded.unsupported().isEmpty()) {
        throw new CommandException(unsupported(loaded));
      }
      return loaded.configuration();
    } catch (CommandException e) {
      throw new ConfigurationReader.UnusableException(String.valueOf(e.getMessage()), e);
    }
  }

  private ConfigurationSource.Loaded load(Arguments arguments) throws CommandException {
    return services
        .configuration()
        .load(new ConfigurationSource.Request(arguments.configurationFile(), false));
  }

  private static String unsupported(ConfigurationSource.Loaded loaded) {
    return "the configuration is valid, but asks for what this version cannot do yet:\n"
        + String.join("\n", loaded.unsupported());
  }
}
