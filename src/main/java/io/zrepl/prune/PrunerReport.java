package io.zrepl.prune;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How far a prune run is. Immutable.
 *
 * @param phase {@code State} in status reports
 * @param error {@code Error}: why it failed as a whole; empty text if it did not
 * @param advice what can be done about the error
 * @param pending {@code Pending}: filesystems that are not complete, by path; empty until all are
 *     planned
 * @param completed {@code Completed}: the others, by path
 * @param temporaryFailure whether a failure may pass
 * @param startedAt when the run began; empty if it has not
 * @param finishedAt when it ended
 */
public record PrunerReport(
    PrunePhase phase,
    String error,
    Optional<String> advice,
    List<FilesystemReport> pending,
    List<FilesystemReport> completed,
    boolean temporaryFailure,
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt) {
  /** Copies the lists. */
  public PrunerReport {
    pending = List.copyOf(pending);
    completed = List.copyOf(completed);
  }

  /**
   * One filesystem.
   *
   * @param filesystem its path
   * @param snapshotList all its snapshots with their verdicts, in ascending order of createtxg;
   *     empty when skipped or not planned
   * @param destroyList those that are to be destroyed
   * @param skipReason why it is left alone
   * @param lastError what failed; empty text if nothing
   * @param advice what can be done about the error
   * @param held snapshots that stay because ZFS found them held, with its words; no failure
   */
  public record FilesystemReport(
      DatasetPath filesystem,
      List<SnapshotReport> snapshotList,
      List<SnapshotReport> destroyList,
      Optional<SkipReason> skipReason,
      String lastError,
      Optional<String> advice,
      List<DestroyResult> held) {
    /** Keeps the lists of snapshots as they are: they may be long, and hardly anybody looks. */
    public FilesystemReport {
      snapshotList = Collections.unmodifiableList(snapshotList);
      destroyList = Collections.unmodifiableList(destroyList);
      held = List.copyOf(held);
    }

    static FilesystemReport of(FilesystemProgress progress) {
      FilesystemPlan plan = progress.plan().orElse(FilesystemPlan.NOTHING);
      return new FilesystemReport(
          progress.path(),
          SnapshotReport.of(plan.verdicts()),
          SnapshotReport.of(plan.destroying()),
          progress.skipped(),
          progress.failure().map(PruneFailure::message).orElse(""),
          progress.failure().flatMap(PruneFailure::advice),
          progress.outcomes().map(DestroyOutcomes::held).orElse(List.of()));
    }
  }

  /**
   * One snapshot.
   *
   * @param name without "@"
   * @param replicated whether it counts as replicated
   * @param date when it was taken
   * @param kept why it is kept; empty if it is to be destroyed
   */
  public record SnapshotReport(
      String name, boolean replicated, Instant date, List<KeepReason> kept) {
    /** Copies the list. */
    public SnapshotReport {
      kept = List.copyOf(kept);
    }

    private static List<SnapshotReport> of(List<KeepVerdict> verdicts) {
      return new LazyList<>(verdicts.size(), i -> of(verdicts.get(i)));
    }

    private static SnapshotReport of(KeepVerdict verdict) {
      return new SnapshotReport(
          verdict.candidate().snapshot().name(),
          verdict.candidate().replicated(),
          verdict.candidate().snapshot().creation(),
          verdict.reasons());
    }
  }

  static PrunerReport of(
      PruneState state, Optional<Instant> startedAt, Optional<Instant> finishedAt) {
    List<FilesystemReport> pending = new ArrayList<>();
    List<FilesystemReport> completed = new ArrayList<>();
    if (state.phase().isPlanned()) {
      for (FilesystemProgress progress : state.filesystems()) {
        (progress.complete() ? completed : pending).add(FilesystemReport.of(progress));
      }
    }
    return new PrunerReport(
        state.phase(),
        state.failure().map(PruneFailure::message).orElse(""),
        state.failure().flatMap(PruneFailure::advice),
        pending,
        completed,
        Stream.concat(
                state.failure().stream(),
                state.filesystems().stream().flatMap(f -> f.failure().stream()))
            .anyMatch(PruneFailure::temporary),
        startedAt,
        finishedAt);
  }
}
