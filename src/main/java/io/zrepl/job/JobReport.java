package io.zrepl.job;

import io.zrepl.model.DatasetPath;
import io.zrepl.prune.PrunerReport;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.snapshot.SnapshotterReport;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What a job does and did. Immutable. */
public sealed interface JobReport {

  /**
   * A push job. The three phases are those of the current or last invocation; they stay until the
   * next one begins.
   *
   * @param replication empty before the first invocation
   * @param pruningSender empty until the invocation gets there
   * @param pruningReceiver empty until the invocation gets there
   * @param replicas the newest snapshot of each filesystem of the receiver, as far as the last
   *     invocations came to know
   * @param snapshotting what its snapshotter does
   * @param retryAt when the job tries again by itself after a failure that may pass
   * @param problem what keeps the job from running at all
   * @param lastEnded the last run that has ended; the reports above may be of a later one
   */
  record Push(
      Optional<ReplicationReport> replication,
      Optional<PrunerReport> pruningSender,
      Optional<PrunerReport> pruningReceiver,
      Map<DatasetPath, Instant> replicas,
      SnapshotterReport snapshotting,
      Optional<Instant> retryAt,
      Optional<String> problem,
      Optional<EndedRun> lastEnded)
      implements JobReport {}

  /**
   * A snap job.
   *
   * @param pruning the current or last one; empty before the first
   * @param snapshotting what its snapshotter does
   * @param retryAt when the job tries again by itself after a failure that may pass
   * @param problem what keeps the job from running at all
   * @param lastEnded the last run that has ended; the reports above may be of a later one
   */
  record Snap(
      Optional<PrunerReport> pruning,
      SnapshotterReport snapshotting,
      Optional<Instant> retryAt,
      Optional<String> problem,
      Optional<EndedRun> lastEnded)
      implements JobReport {}

  /**
   * A sink.
   *
   * @param problem what keeps it from serving
   */
  record Passive(Optional<String> problem) implements JobReport {}

  /**
   * A pull job; as a push job, without snapshots.
   *
   * @param replication empty before the first invocation
   * @param pruningSender empty until the invocation gets there
   * @param pruningReceiver empty until the invocation gets there
   * @param replicas the newest snapshot of each filesystem of the receiver, as far as the last
   *     invocations came to know
   * @param retryAt when the job tries again by itself after a failure that may pass
   * @param problem what keeps the job from running at all
   * @param lastEnded the last run that has ended; the reports above may be of a later one
   */
  record Pull(
      Optional<ReplicationReport> replication,
      Optional<PrunerReport> pruningSender,
      Optional<PrunerReport> pruningReceiver,
      Map<DatasetPath, Instant> replicas,
      Optional<Instant> retryAt,
      Optional<String> problem,
      Optional<EndedRun> lastEnded)
      implements JobReport {}

  /**
   * A source.
   *
   * @param snapshotting what its snapshotter does
   * @param problem what keeps it from serving
   */
  record Source(SnapshotterReport snapshotting, Optional<String> problem) implements JobReport {}
}
