package io.zrepl.prune;

import io.zrepl.endpoint.DestroyResult;
import org.slf4j.Logger;

/** What a run tells the administrator, and the observer of destroys. Used by the run's thread. */
final class PruneLog {
  private final PruneSide side;
  private final PruneObserver observer;
  private final Logger log;

  PruneLog(PruneSide side, PruneObserver observer, Logger log) {
    this.side = side;
    this.observer = observer;
    this.log = log;
  }

  /**
   * Tells of one filesystem that failed.
   *
   * @param news false if what the failure reaches has been told of
   */
  void failed(PruneEvent.Failed failed, boolean news) {
    PruneFailure failure = failed.failure();
    (news ? log.atError() : log.atDebug())
        .addKeyValue("fs", failed.filesystem())
        .addKeyValue("prune_side", side.label())
        .addKeyValue("err", failure.describe())
        .log(
            switch (failure.reach()) {
              case FILESYSTEM -> "pruning failed";
              case POOL -> "pruning failed; the other filesystems of that pool are not tried";
              case EVERYTHING -> "pruning failed; the other filesystems are not tried";
            });
  }

  /** Tells what stays although no rule keeps it. */
  void plan(PruneEvent.Planned planned) {
    for (KeepVerdict verdict : planned.plan().spared()) {
      for (KeepReason reason : verdict.reasons()) {
        log.atInfo()
            .addKeyValue("fs", planned.filesystem())
            .addKeyValue("prune_side", side.label())
            .addKeyValue("snap", verdict.candidate().snapshot().name())
            .addKeyValue("reason", reason.text())
            .log("no rule keeps the snapshot, but it stays");
      }
    }
  }

  /** Tells what became of the snapshots. */
  void destroyed(PruneEvent.Destroyed destroyed) {
    DestroyOutcomes outcomes = destroyed.outcomes();
    log.atInfo()
        .addKeyValue("fs", destroyed.filesystem())
        .addKeyValue("prune_side", side.label())
        .addKeyValue("destroyed", outcomes.destroyed().size())
        .addKeyValue("in_use", outcomes.inUse().size())
        .addKeyValue("failed", outcomes.failed().size())
        .log("destroyed snapshots");
    for (DestroyResult used : outcomes.inUse()) {
      log.atInfo()
          .addKeyValue("fs", destroyed.filesystem())
          .addKeyValue("snap", used.snapshotName())
          .addKeyValue("prune_side", side.label())
          .addKeyValue("reason", used.error().orElse(""))
          .log("the snapshot stays because it is in use");
    }
    outcomes
        .failure()
        .ifPresent(failure ->
            log.atError()
                .addKeyValue("fs", destroyed.filesystem())
                .addKeyValue("prune_side", side.label())
                .addKeyValue("err", failure.describe())
                .log("some snapshots could not be destroyed"));
    observer.destroyed(
        side,
        destroyed.filesystem(),
        outcomes.destroyed().size(),
        outcomes.inUse().size(),
        outcomes.failed().size());
  }

  /** Tells that the run did not succeed. */
  void failed(PruneFailure failure) {
    log.atError()
        .addKeyValue("prune_side", side.label())
        .addKeyValue("err", failure.describe())
        .log("pruning did not succeed");
  }
}
