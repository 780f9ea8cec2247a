package io.zrepl.cli;

import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl configcheck}: silent if all is well. */
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
            "Checks the configuration: silent if it is valid, otherwise all its problems.")
        .addOption(
            Model.text(
                    "FORMAT",
                    "Print what was read, with all defaults: yaml or json. Either can be read back in.",
                    "--format")
                .build())
        .addOption(
            Model.text("PART", "Accepted for compatibility: --format always prints all.", "--what")
                .build())
        .addOption(
            Model.flag("--skip-cert-check", "Do not read the certificate files of transports."))
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
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
    ConfigurationSource.Loaded loaded =
        services
            .configuration()
            .load(
                new ConfigurationSource.Request(
                    arguments.configurationFile(), arguments.flag("--skip-cert-check")));
    loaded.warnings().forEach(warning -> services.console().err().println("warning: " + warning));
    switch (format) {
      case "yaml", "pretty" -> services.console().out().print(loaded.effective().yaml());
      case "json" -> services.console().out().print(loaded.effective().json());
      default -> {}
    }
    return 0;
  }
}
