package io.zrepl.prune;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
   * @param newestSnapshot of one that the sender lacks: when its newest snapshot was taken, if
   *     known
   * @param usedBytes of such a one: what it occupies with its snapshots, without the filesystems
   *     below it, if known
   * @param spared those that stay although no rule keeps them, as the plan knew: a last common
   *     version, and held ones
   * @param inUse those that were to be destroyed and stay because something uses them, with ZFS's
   *     words; no failure
   */
  public record FilesystemReport(
      DatasetPath filesystem,
      List<SnapshotReport> snapshotList,
      List<SnapshotReport> destroyList,
      Optional<SkipReason> skipReason,
      String lastError,
      Optional<String> advice,
      Optional<Instant> newestSnapshot,
      OptionalLong usedBytes,
      List<SnapshotReport> spared,
      List<DestroyResult> inUse) {
    /** Keeps the lists of snapshots as they are: they may be long, and hardly anybody looks. */
    public FilesystemReport {
      snapshotList = Collections.unmodifiableList(snapshotList);
      destroyList = Collections.unmodifiableList(destroyList);
      spared = Collections.unmodifiableList(spared);
      inUse = List.copyOf(inUse);
    }

    /** What stays although no rule keeps it, in words: {@code @name: reason}. */
    public List<String> sparedTexts() {
      return Stream.concat(
              spared.stream()
                  .map(snapshot ->
                      "@%s: %s".formatted(snapshot.name(), snapshot.kept().getFirst().text())),
              inUse.stream()
                  .map(result ->
                      "@%s: %s".formatted(result.snapshotName(), result.error().orElse(""))))
          .toList();
    }

    static FilesystemReport of(FilesystemProgress progress, ReceiverOnlyFilesystems.Facts facts) {
      FilesystemPlan plan = progress.plan().orElse(FilesystemPlan.NOTHING);
      return new FilesystemReport(
          progress.path(),
          SnapshotReport.of(plan.verdicts()),
          SnapshotReport.of(plan.destroying()),
          progress.skipped(),
          progress.failure().map(PruneFailure::message).orElse(""),
          progress.failure().flatMap(PruneFailure::advice),
          facts.newestSnapshot(),
          facts.usedBytes(),
          SnapshotReport.of(plan.spared()),
          progress.outcomes().map(DestroyOutcomes::inUse).orElse(List.of()));
    }
  }

  /**
   * One snapshot.
   *
   * @param name without "@"
   * @param replicated whether it counts as replicated
   * @param date when it was taken
   * @param kept why it is kept; empty if it is to be destroyed
   * @param objections why each rule does not keep it, if it is to be destroyed; only in dry runs
   */
  public record SnapshotReport(
      String name,
      boolean replicated,
      Instant date,
      List<KeepReason> kept,
      List<String> objections) {
    /** Copies the lists. */
    public SnapshotReport {
      kept = List.copyOf(kept);
      objections = List.copyOf(objections);
    }

    SnapshotReport(String name, boolean replicated, Instant date, List<KeepReason> kept) {
      this(name, replicated, date, kept, List.of());
    }

    private static List<SnapshotReport> of(List<KeepVerdict> verdicts) {
      return new LazyList<>(verdicts.size(), i -> of(verdicts.get(i)));
    }

    private static SnapshotReport of(KeepVerdict verdict) {
      return new SnapshotReport(
          verdict.candidate().snapshot().name(),
          verdict.candidate().replicated(),
          verdict.candidate().snapshot().creation(),
          verdict.reasons(),
          verdict.objections());
    }
  }

  static PrunerReport of(
      PruneState state,
      ReceiverOnlyFilesystems receiverOnly,
      Optional<Instant> startedAt,
      Optional<Instant> finishedAt) {
    List<FilesystemReport> pending = new ArrayList<>();
    List<FilesystemReport> completed = new ArrayList<>();
    if (state.phase().isPlanned()) {
      for (FilesystemProgress progress : state.filesystems()) {
        (progress.complete() ? completed : pending)
            .add(FilesystemReport.of(progress, receiverOnly.of(progress.path())));
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
