package io.zrepl.config;

import io.zrepl.job.JobSettings;
import io.zrepl.logging.LoggingSettings;
import io.zrepl.monitoring.PrometheusSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A valid configuration.
 *
 * @param logging where log lines go
 * @param monitoring where metrics are offered, if anywhere
 * @param controlSocket path of the daemon's control socket
 * @param stallTimeout how long anything may go on without progress before it is cancelled
 * @param stdinserverDirectory where the sockets for {@code zrepl stdinserver} are; may be the empty
 *     path if no job needs it
 * @param jobs in the order of the file, then of what it includes; names are unique
 */
public record Configuration(
    LoggingSettings logging,
    Optional<PrometheusSettings> monitoring,
    Path controlSocket,
    Duration stallTimeout,
    Path stdinserverDirectory,
    List<JobSettings> jobs) {
  /** Where the control socket is unless the file says otherwise. */
  public static final Path DEFAULT_CONTROL_SOCKET = Path.of("/var/run/zrepl/control");

  /** Where the sockets for {@code zrepl stdinserver} are unless the file says otherwise. */
  public static final Path DEFAULT_STDINSERVER_DIRECTORY = Path.of("/var/run/zrepl/stdinserver");

  /** Copies the list. */
  public Configuration {
    jobs = List.copyOf(jobs);
  }

  /** With the defaults for what is not given. */
  public Configuration(
      LoggingSettings logging, Path controlSocket, Duration stallTimeout, List<JobSettings> jobs) {
    this(
        logging,
        Optional.empty(),
        controlSocket,
        stallTimeout,
        DEFAULT_STDINSERVER_DIRECTORY,
        jobs);
  }
}
