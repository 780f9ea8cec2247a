package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.control.ControlClient;

/**
 * What commands work with.
 *
 * @param configuration reads the configuration
 * @param daemon runs the daemon
 * @param datasets lists the datasets of this machine
 * @param console what surrounds the program
 */
public record Services(
    ConfigurationSource configuration,
    DaemonLauncher daemon,
    DatasetLister datasets,
    Console console) {

  /** The configuration that the command line asks for. Its warnings are for configcheck. */
  Configuration configuration(RootCommand root) throws CommandException {
    return configuration
        .load(new ConfigurationSource.Request(root.configurationFile(), false))
        .configuration();
  }

  /** A client for the daemon of that configuration. */
  ControlClient controlClient(RootCommand root) throws CommandException {
    return new ControlClient(configuration(root).controlSocket());
  }
}
