package io.zrepl.prune;

import io.zrepl.model.Snapshot;
import java.util.List;

/**
 * What is to happen to one filesystem.
 *
 * @param verdicts one for each of its snapshots, in ascending order of createtxg
 */
record FilesystemPlan(List<KeepVerdict> verdicts) {
  /** Copies the list. */
  FilesystemPlan {
    verdicts = List.copyOf(verdicts);
  }

  /** The snapshots that are to be destroyed, in ascending order of createtxg. */
  List<Snapshot> toDestroy() {
    return verdicts.stream()
        .filter(verdict -> !verdict.kept())
        .map(verdict -> verdict.candidate().snapshot())
        .toList();
  }
}
