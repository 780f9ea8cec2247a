package io.zrepl.config;

import io.zrepl.job.JobSettings;
import io.zrepl.logging.LoggingSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A valid configuration.
 *
 * @param logging where log lines go
 * @param stallTimeout how long anything may go on without progress before it is cancelled
 * @param controlSocket path of the daemon's control socket
 * @param jobs in the order of the file; names are unique
 */
public record Configuration(
    LoggingSettings logging, Path controlSocket, Duration stallTimeout, List<JobSettings> jobs) {
  /** Where the control socket is unless the file says otherwise. */
  public static final Path DEFAULT_CONTROL_SOCKET = Path.of("/var/run/zrepl/control");

  /** Copies the list. */
  public Configuration {
    jobs = List.copyOf(jobs);
  }
}
