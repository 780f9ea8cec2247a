package io.zrepl.daemon;

import io.zrepl.job.JobObservers;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.monitoring.Metrics;
import io.zrepl.prune.PruneObserver;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PruneSide;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.transport.ClosingStatistics;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.RunningCommand;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

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
          // A counter must be seen before it grows, or its first increase is lost.
          @Override
          public void stepBegins(DatasetPath filesystem) {
            metrics.replication().replicated(job.toString(), filesystem.toString(), 0);
          }

          @Override
          public void bytesReplicated(DatasetPath filesystem, long bytes) {
            metrics.replication().replicated(job.toString(), filesystem.toString(), bytes);
          }

          @Override
          public void ended(ReplicationReport report, Instant at) {
            runEnded(job.toString(), report, at);
          }

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

          @Override
          public void finished(PruneSide side, PrunePhase phase, Duration duration) {
            metrics.replication().pruned(job.toString(), side.label(), duration);
          }
        },
        new SnapshotMetrics(metrics, job.toString()),
        newest -> metrics.replication().newestSnapshots(job.toString(), byName(newest)),
        bytes -> metrics.connections().served(job.toString(), bytes));
  }

  private static Map<String, Instant> byName(Map<DatasetPath, Instant> newest) {
    Map<String, Instant> result = new HashMap<>();
    newest.forEach((filesystem, at) -> result.put(filesystem.toString(), at));
    return result;
  }

  private void runEnded(String job, ReplicationReport report, Instant at) {
    for (AttemptReport attempt : report.attempts()) {
      attempt
          .finishAt()
          .ifPresent(end ->
              metrics
                  .replication()
                  .attemptEnded(
                      job, attempt.state().text(), Duration.between(attempt.startAt(), end)));
    }
    if (report.attempts().isEmpty()) {
      return;
    }
    AttemptReport last = report.attempts().getLast();
    long failed = last.filesystems().stream().filter(MetricObservers::failed).count();
    metrics
        .replication()
        .runEnded(
            job,
            last.filesystems().stream()
                .map(each -> each.name().toString())
                .collect(Collectors.toSet()),
            last.planError().isPresent() ? -1 : (int) failed,
            report.outcome() == ReplicationOutcome.DONE,
            at);
  }

  private static boolean failed(FilesystemReport filesystem) {
    return filesystem.state() == FilesystemState.PLANNING_ERROR
        || filesystem.state() == FilesystemState.STEP_ERROR;
  }

  private void stalled(JobId job, String phase, Optional<DatasetPath> filesystem, Duration quiet) {
    metrics.stalled(job.toString(), phase, filesystem.map(DatasetPath::toString).orElse(""), quiet);
  }

  /** Who is told by data connections. */
  static ClosingStatistics.Observer ofConnections(Metrics metrics) {
    return new ClosingStatistics.Observer() {
      @Override
      public void closed(long drained, Duration draining, Duration whole) {
        metrics.connections().closed(drained, draining, whole);
      }

      @Override
      public void hardClosed() {
        metrics.connections().hardClosed();
      }
    };
  }

  /** Who is told by the runner of commands. */
  CommandObserver ofCommands() {
    return new CommandObserver() {
      @Override
      public void started(RunningCommand command) {
        metrics.commands().started(command.job().orElse(""), word(command, 0), word(command, 1));
      }

      @Override
      public void finished(RunningCommand command, Duration duration, OptionalInt status) {
        metrics
            .commands()
            .finished(command.job().orElse(""), word(command, 0), word(command, 1), duration);
        tellKind(command, duration);
      }

      @Override
      public void stalled(RunningCommand command, Duration quiet) {
        metrics.stalled(command.job().orElse(""), verb(command), dataset(command), quiet);
      }
    };
  }

  private static String word(RunningCommand command, int index) {
    return index < command.arguments().size() ? command.arguments().get(index) : "";
  }

  private void tellKind(RunningCommand command, Duration duration) {
    if (!word(command, 0).equals("zfs")) {
      return;
    }
    String last = command.arguments().getLast();
    String filesystem = last.split("[@#]", 2)[0];
    switch (word(command, 1)) {
      case "list" -> {
        int types = command.arguments().indexOf("-t");
        if (types > 0 && word(command, types + 1).contains("snapshot")) {
          List<String> names =
              command.arguments().subList(types + 2, command.arguments().size()).stream()
                  .filter(word -> !word.startsWith("-") && !word.equals("1"))
                  .toList();
          metrics.commands().versionsListed(names.size() == 1 ? filesystem : "", duration);
        }
      }
      case "bookmark" -> metrics.commands().bookmarked(filesystem, duration);
      case "destroy" ->
          metrics
              .commands()
              .destroyed(
                  last.contains("@") ? "snapshot" : last.contains("#") ? "bookmark" : "filesystem",
                  filesystem,
                  duration);
      default -> {}
    }
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
