package io.zrepl.cli;

import io.zrepl.config.ConfigurationDump;
import io.zrepl.config.ConfigurationException;
import io.zrepl.config.ConfigurationSchema;
import io.zrepl.config.EnvironmentVariables;
import io.zrepl.config.yaml.Problem;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl configcheck}: silent if all is well. Starts no program, unless asked to compare with
 * the datasets of this machine.
 */
final class ConfigcheckCommand implements Verb {
  private static final Set<String> FORMATS = Set.of("", "pretty", "yaml", "json");
  private static final Set<String> PARTS = Set.of("all", "config", "jobs", "logging");

  private final Services services;

  ConfigcheckCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "configcheck",
            "Checks the configuration: silent if it is valid, otherwise all its problems.",
            "Exit status 0 if it is valid, with or without warnings; otherwise 1.")
        .addOption(
            Model.text(
                    "FORMAT",
                    "Print what was read, with all defaults: yaml or json. Either can be read back in."
                        + " Secrets are left out.",
                    "--format")
                .build())
        .addOption(
            Model.text("PART", "What --format prints: all (or config), jobs, or logging.", "--what")
                .build())
        .addOption(
            Model.flag("--skip-cert-check", "Do not read the certificate files of transports."))
        .addOption(
            Model.flag(
                "--against-zfs",
                "Also compare with the datasets of this machine: patterns that match none, a root_fs that is missing."))
        .addOption(
            Model.flag(
                "--portable",
                "Print what Go zrepl would not understand or do in another way; exit status 1 if there is such."))
        .addOption(
            Model.flag("--schema", "Print the JSON Schema of the configuration, for editors."))
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    if (arguments.flag("--schema")) {
      services.console().out().print(ConfigurationSchema.jsonSchema());
      return 0;
    }
    String format = arguments.text("--format", "");
    String what = arguments.text("--what", "all");
    if (!FORMATS.contains(format)) {
      throw new CommandException(
          "invalid --format \"%s\": use pretty, yaml or json".formatted(format));
    }
    if (!PARTS.contains(what)) {
      throw new CommandException(
          "invalid --what \"%s\": use all, config, jobs or logging".formatted(what));
    }
    ConfigurationSource.Loaded loaded = load(arguments);
    warn(loaded.warnings());
    warn(EnvironmentVariables.allWarnings(services.console().variables()));
    if (arguments.flag("--against-zfs")) {
      warn(AgainstZfs.warnings(loaded, services.datasets()));
    }
    print(part(loaded.effective(), what), format);
    if (arguments.flag("--portable")) {
      loaded.notPortable().forEach(services.console().out()::println);
      return loaded.notPortable().isEmpty() ? 0 : Failures.STATUS;
    }
    return 0;
  }

  private ConfigurationSource.Loaded load(Arguments arguments) throws CommandException {
    try {
      return services
          .configuration()
          .load(
              new ConfigurationSource.Request(
                  arguments.configurationFile(), arguments.flag("--skip-cert-check")));
    } catch (CommandException e) {
      if (e.getCause() instanceof ConfigurationException invalid) {
        warn(invalid.warnings().stream().map(Problem::render).toList());
      }
      throw e;
    }
  }

  private void warn(List<String> warnings) {
    warnings.forEach(warning -> services.console().err().println("warning: " + warning));
  }

  private static ConfigurationDump part(ConfigurationDump effective, String what) {
    return switch (what) {
      case "jobs" -> effective.jobs();
      case "logging" -> effective.logging();
      default -> effective;
    };
  }

  private void print(ConfigurationDump dump, String format) {
    PrintStream out = services.console().out();
    switch (format) {
      case "yaml", "pretty" -> out.print(dump.yaml());
      case "json" -> out.print(dump.json());
      default -> {}
    }
  }
}
