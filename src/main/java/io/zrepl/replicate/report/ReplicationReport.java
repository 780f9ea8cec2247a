package io.zrepl.replicate.report;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a run of a replication did and does.
 *
 * @param outcome how it stands
 * @param startAt when it began; before that, when it was created
 * @param finishAt when it ended; empty while it runs
 * @param attempts oldest first; only the last may be unfinished
 * @param reconnect the current or last wait for a side that was lost
 */
public record ReplicationReport(
    ReplicationOutcome outcome,
    Instant startAt,
    Optional<Instant> finishAt,
    List<AttemptReport> attempts,
    Optional<ReconnectReport> reconnect) {
  /** Copies the list. */
  public ReplicationReport {
    attempts = List.copyOf(attempts);
  }

  /** Whether the last attempt failed in something that may succeed when tried again. */
  public boolean hasTemporaryFailure() {
    return !attempts.isEmpty() && attempts.getLast().errors().anyMatch(ReportedError::temporary);
  }

  /**
   * How many filesystems the last attempt failed on, as the metric {@code
   * zrepl_replication_filesystem_errors} counts: -1 if it could not even list them, 0 while it runs
   * or if there was none.
   */
  public int failedFilesystems() {
    if (attempts.isEmpty()) {
      return 0;
    }
    AttemptReport last = attempts.getLast();
    return switch (last.state()) {
      case PLANNING_ERROR -> -1;
      case FILESYSTEM_ERROR -> last.failedFilesystems();
      case PLANNING, FAN_OUT_FILESYSTEMS, DONE -> 0;
    };
  }
}
