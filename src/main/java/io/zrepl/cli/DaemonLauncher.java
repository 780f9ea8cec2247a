package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.daemon.ConfigurationReader;
import io.zrepl.daemon.TemporaryDaemon;

/** Runs the daemon. */
@FunctionalInterface
public interface DaemonLauncher {

  /**
   * Runs the daemon until it is told to end.
   *
   * @return the exit status of the program
   * @throws CommandException if the daemon cannot start
   * @throws InterruptedException if the calling thread is interrupted
   */
  int run(Configuration configuration) throws CommandException, InterruptedException;

  /**
   * As {@link #run(Configuration)}, and the daemon can read its configuration again.
   *
   * @param reader reads it from where the first one came
   */
  default int run(Configuration configuration, ConfigurationReader reader)
      throws CommandException, InterruptedException {
    return run(configuration);
  }

  /**
   * Runs a daemon for as long as somebody uses it.
   *
   * @param user uses it, on a thread of its own
   * @throws CommandException if the daemon cannot start, since another one runs for example
   * @throws InterruptedException if the calling thread is interrupted
   */
  default void runTemporarily(Configuration configuration, TemporaryDaemon.User user)
      throws CommandException, InterruptedException {
    throw new CommandException("there is no daemon");
  }

  /**
   * Uses the classes that a daemon needs, without any effect that outlives the call: so that they
   * get into the start-up cache.
   *
   * @param configuration whose files lie in a folder that is removed afterwards
   * @throws CommandException if that is not possible
   * @throws InterruptedException if the calling thread is interrupted
   */
  default void train(Configuration configuration) throws CommandException, InterruptedException {}
}
