package io.zrepl.cli;

import io.zrepl.config.EnvironmentLimits;
import io.zrepl.config.EnvironmentVariables;
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
            this, "daemon", "Runs the daemon in the foreground until SIGTERM or SIGINT.")
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    ConfigurationSource.Loaded loaded =
        services
            .configuration()
            .load(new ConfigurationSource.Request(arguments.configurationFile(), false));
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
      throw new CommandException(
          "cannot start: the configuration is valid, but asks for what this version cannot do yet:\n"
              + String.join("\n", loaded.unsupported()));
    }
    return services.daemon().run(loaded.configuration());
  }
}
