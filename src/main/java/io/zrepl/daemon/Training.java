package io.zrepl.daemon;

import io.zrepl.config.Configuration;
import io.zrepl.control.ControlException;
import io.zrepl.control.SignalRequest;
import io.zrepl.zfs.RunnerSettings;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Runs a daemon for a moment, so that the JVM can remember the classes that it needs. ZFS is not
 * touched: in its place runs a program that does nothing, as if there were no datasets.
 */
public final class Training {
  private static final Duration RUN = Duration.ofSeconds(2);

  private Training() {}

  /**
   * Runs and stops it.
   *
   * @param configuration whose control socket is in a folder of its own; the first job is woken up
   * @throws DaemonStartException if it cannot start; nothing is left behind
   * @throws InterruptedException if the calling thread is interrupted; everything was stopped
   */
  public static void run(Configuration configuration)
      throws DaemonStartException, InterruptedException {
    Path nothing =
        Files.isExecutable(Path.of("/bin/true")) ? Path.of("/bin/true") : Path.of("/usr/bin/true");
    String job = configuration.jobs().getFirst().id().toString();
    TemporaryDaemon.run(
        configuration,
        RunnerSettings.DEFAULT.withPrograms(Map.of("zfs", nothing, "zpool", nothing)),
        OutputStream.nullOutputStream(),
        client -> {
          try {
            client.signal(job, SignalRequest.WAKEUP);
            Thread.sleep(RUN);
            Object _ = client.status();
          } catch (ControlException e) {
            throw new IllegalStateException(e);
          }
        });
  }
}
