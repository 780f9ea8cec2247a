package io.zrepl.daemon;

import io.zrepl.model.DatasetPath;
import io.zrepl.monitoring.Metrics;
import io.zrepl.snapshot.SnapshotObserver;
import io.zrepl.snapshot.hook.HookStep;
import io.zrepl.snapshot.hook.HookSubject;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Counts the snapshots of one job. Any thread. */
final class SnapshotMetrics implements SnapshotObserver {
  private final Metrics metrics;
  private final String job;
  // those of the last round; guarded by this
  private Set<DatasetPath> known = Set.of();

  SnapshotMetrics(Metrics metrics, String job) {
    this.metrics = metrics;
    this.job = job;
  }

  @Override
  public void unmatched(int count) {
    metrics.unmatched(job, count);
  }

  @Override
  public synchronized void roundBegan(List<DatasetPath> filesystems) {
    Set<DatasetPath> current = new HashSet<>(filesystems);
    known.stream()
        .filter(filesystem -> !current.contains(filesystem))
        .forEach(filesystem -> metrics.forgetSnapshots(job, filesystem.toString()));
    known = current;
  }

  @Override
  public void snapshotTaken(DatasetPath filesystem, Instant at, Duration duration) {
    metrics.snapshotTaken(job, filesystem.toString(), at, duration);
  }

  @Override
  public void filesystemFailed(DatasetPath filesystem) {
    metrics.snapshotFailed(job, filesystem.toString());
  }

  @Override
  public void hookEnded(HookSubject subject, String type, HookStep step) {
    Duration duration =
        step.startedAt()
            .flatMap(start -> step.endedAt().map(end -> Duration.between(start, end)))
            .orElse(Duration.ZERO);
    metrics.hookEnded(
        job,
        subject.filesystem().toString(),
        step.hookNumber(),
        type,
        step.edge().word(),
        step.status().word(),
        duration);
  }

  @Override
  public void hookStalled(HookSubject subject, Duration quiet) {
    metrics.stalled(job, "hook", subject.filesystem().toString(), quiet);
  }

  @Override
  public void roundsMissed(int count) {
    metrics.snapshotsMissed(job, count);
  }

  @Override
  public void nextDue(Optional<Instant> due) {
    metrics.snapshotsDue(job, due);
  }
}
