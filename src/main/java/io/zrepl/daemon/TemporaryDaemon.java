package io.zrepl.daemon;

import io.zrepl.base.TaskGroup;
import io.zrepl.config.Configuration;
import io.zrepl.control.ControlClient;
import io.zrepl.zfs.RunnerSettings;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;

/**
 * A daemon within a command, for as long as the command uses it: it has the control socket, so that
 * no other daemon of the configuration runs at the same time, and {@code zrepl status} shows it.
 */
public final class TemporaryDaemon {
  private TemporaryDaemon() {}

  /** Who uses it. */
  @FunctionalInterface
  public interface User {
    /**
     * Uses it, on a thread of its own; at the end of this the daemon stops.
     *
     * @param client the daemon answers
     * @throws InterruptedException if the daemon was told to end
     */
    void use(ControlClient client) throws InterruptedException;
  }

  /**
   * Runs it until the user has ended, or a signal ends the program; what is being transferred then
   * can be resumed.
   *
   * @param output where the log outlet {@code stdout} writes
   * @throws DaemonStartException if it cannot start, since another one runs for example; nothing is
   *     left behind
   * @throws InterruptedException if the calling thread is interrupted; everything was stopped
   */
  public static void run(Configuration configuration, OutputStream output, User user)
      throws DaemonStartException, InterruptedException {
    run(configuration, RunnerSettings.DEFAULT, output, user);
  }

  static void run(
      Configuration configuration, RunnerSettings commands, OutputStream output, User user)
      throws DaemonStartException, InterruptedException {
    Ending ending = new Ending();
    CountDownLatch ready = new CountDownLatch(1);
    try (TaskGroup client = new TaskGroup("user")) {
      boolean _ =
          client.fork(
              "client",
              () -> {
                try {
                  // Not by looking at the socket, which may be that of another daemon.
                  ready.await();
                  user.use(new ControlClient(configuration.controlSocket()));
                } finally {
                  ending.stop();
                }
              });
      int _ =
          Daemon.run(
              configuration,
              () -> configuration,
              new Daemon.Surroundings(commands, ending, output, ready::countDown));
    }
  }
}
