package io.zrepl.daemon;

import io.zrepl.job.JobObservers;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.monitoring.Metrics;
import io.zrepl.prune.PruneObserver;
import io.zrepl.prune.PruneSide;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.RunningCommand;
import java.time.Duration;
import java.util.Optional;

/** Counts what jobs and commands tell. */
final class MetricObservers {
  private final Metrics metrics;

  MetricObservers(Metrics metrics) {
    this.metrics = metrics;
  }

  /** Who is told by a job. */
  JobObservers of(JobId job) {
    return new JobObservers(
        new ReplicationObserver() {
          @Override
          public void bytesReplicated(DatasetPath filesystem, long bytes) {}

          @Override
          public void stalled(Optional<DatasetPath> filesystem, String phase, Duration quiet) {
            MetricObservers.this.stalled(job, phase, filesystem, quiet);
          }
        },
        new PruneObserver() {
          @Override
          public void stalled(
              PruneSide side, Optional<DatasetPath> filesystem, String phase, Duration quiet) {
            String word = "pruning the %s: %s".formatted(side.label(), phase);
            MetricObservers.this.stalled(job, word, filesystem, quiet);
          }
        },
        new SnapshotMetrics(metrics, job.toString()));
  }

  private void stalled(JobId job, String phase, Optional<DatasetPath> filesystem, Duration quiet) {
    metrics.stalled(job.toString(), phase, filesystem.map(DatasetPath::toString).orElse(""), quiet);
  }

  /** Who is told by the runner of commands. */
  CommandObserver ofCommands() {
    return new CommandObserver() {
      @Override
      public void stalled(RunningCommand command, Duration quiet) {
        metrics.stalled(command.job().orElse(""), verb(command), dataset(command), quiet);
      }
    };
  }

  private static String verb(RunningCommand command) {
    return command.arguments().stream().limit(2).reduce((a, b) -> a + " " + b).orElse("");
  }

  /** Of a send with a token the pool alone, since such a command names nothing more. */
  private static String dataset(RunningCommand command) {
    String last = command.arguments().getLast().split("[@#]", 2)[0];
    String pool = last.split("/", 2)[0];
    return command.pools().contains(pool) ? last : String.join(" ", command.pools());
  }
}
