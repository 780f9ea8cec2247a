package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.daemon.ConfigurationReader;
import io.zrepl.daemon.Daemon;
import io.zrepl.daemon.DaemonStartException;
import io.zrepl.daemon.TemporaryDaemon;
import io.zrepl.daemon.Training;
import java.io.OutputStream;

/** The daemon of this program. */
final class RealDaemon implements DaemonLauncher {

  @Override
  public int run(Configuration configuration) throws CommandException, InterruptedException {
    return run(configuration, () -> configuration);
  }

  @Override
  public int run(Configuration configuration, ConfigurationReader reader)
      throws CommandException, InterruptedException {
    try {
      return Daemon.run(configuration, reader);
    } catch (DaemonStartException e) {
      throw new CommandException("cannot start: " + e.getMessage(), e);
    }
  }

  @Override
  public void runTemporarily(Configuration configuration, TemporaryDaemon.User user)
      throws CommandException, InterruptedException {
    // The standard output belongs to what the command tells.
    OutputStream log = System.err;
    try {
      TemporaryDaemon.run(configuration, log, user);
    } catch (DaemonStartException e) {
      throw new CommandException("cannot run the job: " + e.getMessage(), e);
    }
  }

  @Override
  public void train(Configuration configuration) throws CommandException, InterruptedException {
    try {
      Training.run(configuration);
    } catch (DaemonStartException e) {
      throw new CommandException("cannot start: " + e.getMessage(), e);
    }
  }
}
