package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.ReplicationReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Who wants to count what a replication does. Called by any of its threads; must not block. */
@FunctionalInterface
public interface ReplicationObserver {
  /** Counts nothing. */
  ReplicationObserver NONE = (filesystem, bytes) -> {};

  /** A step begins. */
  default void stepBegins(DatasetPath filesystem) {}

  /**
   * A step ended, well or not.
   *
   * @param filesystem path on the sender
   * @param bytes how much of its stream went through
   */
  void bytesReplicated(DatasetPath filesystem, long bytes);

  /**
   * A run ended by itself, well or not; not told if it was cancelled.
   *
   * @param report what became of it
   */
  default void ended(ReplicationReport report, Instant at) {}

  /**
   * Something made no progress and was cancelled.
   *
   * @param filesystem path on the sender; empty if it concerned all
   * @param phase what was being done, one of few words: listing a side, planning, size estimate,
   *     replication step, reaching a side
   * @param quiet how long nothing moved
   */
  default void stalled(Optional<DatasetPath> filesystem, String phase, Duration quiet) {}
}
