package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import java.time.Duration;
import java.util.Optional;

/** Told what there is to count about pruning; by the thread that runs {@link PruneRun#run}. */
public interface PruneObserver {
  /** Counts nothing. */
  PruneObserver NONE = new PruneObserver() {};

  /**
   * Snapshots of a filesystem were to be destroyed.
   *
   * @param destroyed how many are gone
   * @param inUse how many stay because something uses them
   * @param failed how many stay for another reason
   */
  default void destroyed(
      PruneSide side, DatasetPath filesystem, int destroyed, int inUse, int failed) {}

  /**
   * Something made no progress and was cancelled.
   *
   * @param filesystem which; empty if it concerned all
   * @param phase what was being done: list, plan or destroy
   * @param quiet how long nothing moved
   */
  default void stalled(
      PruneSide side, Optional<DatasetPath> filesystem, String phase, Duration quiet) {}

  /**
   * A run ended, also when it was cancelled.
   *
   * @param phase the terminal phase
   * @param duration how long it took
   */
  default void finished(PruneSide side, PrunePhase phase, Duration duration) {}
}
