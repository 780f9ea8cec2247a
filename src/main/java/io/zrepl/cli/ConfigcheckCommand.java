package io.zrepl.cli;

import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code zrepl configcheck}: silent if all is well. */
@Command(
    name = "configcheck",
    description = "Checks the configuration: silent if it is valid, otherwise all its problems.")
final class ConfigcheckCommand extends LenientCommand {
  private static final Set<String> FORMATS = Set.of("", "pretty", "yaml", "json");
  private static final Set<String> PARTS = Set.of("all", "config", "jobs", "logging");

  private final RootCommand root;
  private final Services services;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "Print what was read: pretty, yaml or json (none of them is available yet).")
  private String format = "";

  @Option(
      names = "--what",
      paramLabel = "PART",
      description = "What --format prints: all (the default), config, jobs or logging.")
  private String what = "all";

  @Option(
      names = "--skip-cert-check",
      description = "Do not read the certificate files of transports.")
  private boolean skipCertificateCheck;

  ConfigcheckCommand(RootCommand root, Services services) {
    this.root = root;
    this.services = services;
  }

  @Override
  public Integer call() throws CommandException {
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
            .load(new ConfigurationSource.Request(root.configurationFile(), skipCertificateCheck));
    loaded.warnings().forEach(warning -> services.console().err().println("warning: " + warning));
    if (!format.isEmpty()) {
      throw new CommandException(
          "the configuration is valid, but --format %s is not available yet".formatted(format));
    }
    return 0;
  }
}
