package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import java.util.Map;
import java.util.Optional;

/** What happened to a prune run. */
sealed interface PruneEvent {

  /**
   * The filesystems are known.
   *
   * @param filesystems those of the target, with the reason to skip if there is one
   */
  record Listed(Map<DatasetPath, Optional<SkipReason>> filesystems) implements PruneEvent {}

  /** A side could not be listed. */
  record ListingFailed(PruneFailure failure) implements PruneEvent {}

  /** A filesystem was planned. */
  record Planned(DatasetPath filesystem, FilesystemPlan plan) implements PruneEvent {}

  /** The snapshots of a filesystem were destroyed, or refused. */
  record Destroyed(DatasetPath filesystem, DestroyOutcomes outcomes) implements PruneEvent {}

  /** Planning or destroying failed for a filesystem. */
  record Failed(DatasetPath filesystem, PruneFailure failure) implements PruneEvent {}

  /** Somebody wants the run to end. */
  record Cancelled() implements PruneEvent {}
}
