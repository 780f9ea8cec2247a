package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import java.util.Optional;

/**
 * How far a filesystem is.
 *
 * @param path the filesystem
 * @param skipped why it is left alone
 * @param plan what is to happen, once known
 * @param outcomes what stayed all the same, once known
 * @param failure why planning or destroying failed
 */
record FilesystemProgress(
    DatasetPath path,
    Optional<SkipReason> skipped,
    Optional<FilesystemPlan> plan,
    Optional<DestroyOutcomes> outcomes,
    Optional<PruneFailure> failure) {

  static FilesystemProgress listed(DatasetPath path, Optional<SkipReason> skipped) {
    return new FilesystemProgress(
        path, skipped, Optional.empty(), Optional.empty(), Optional.empty());
  }

  FilesystemProgress planned(FilesystemPlan newPlan) {
    return new FilesystemProgress(
        path,
        skipped,
        Optional.of(newPlan),
        newPlan.toDestroy().isEmpty() ? Optional.of(DestroyOutcomes.NOTHING) : Optional.empty(),
        failure);
  }

  FilesystemProgress destroyed(DestroyOutcomes newOutcomes) {
    return new FilesystemProgress(
        path, skipped, plan, Optional.of(newOutcomes.withoutDestroyed()), newOutcomes.failure());
  }

  FilesystemProgress failed(PruneFailure newFailure) {
    return new FilesystemProgress(path, skipped, plan, outcomes, Optional.of(newFailure));
  }

  boolean awaitsPlan() {
    return skipped.isEmpty() && plan.isEmpty() && failure.isEmpty();
  }

  boolean complete() {
    return skipped.isPresent() || failure.isPresent() || outcomes.isPresent();
  }
}
