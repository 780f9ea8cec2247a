package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.control.ControlClient;

/**
 * What commands work with.
 *
 * @param configuration reads the configuration
 * @param daemon runs the daemon
 * @param datasets lists the datasets of this machine
 * @param zfs gives access to the ZFS of this machine
 * @param console what surrounds the program
 */
public record Services(
    ConfigurationSource configuration,
    DaemonLauncher daemon,
    DatasetLister datasets,
    ZfsAccess zfs,
    Console console) {

  /**
   * The configuration that the command line asks for. Its warnings are for configcheck, and its
   * certificate files for the daemon: another user may not be able to read them.
   */
  Configuration configuration(Arguments arguments) throws CommandException {
    return configuration
        .load(new ConfigurationSource.Request(arguments.configurationFile(), true))
        .configuration();
  }

  /** A client for the daemon of that configuration. */
  ControlClient controlClient(Arguments arguments) throws CommandException {
    return new ControlClient(configuration(arguments).controlSocket());
  }
}
