package io.zrepl.prune;

import io.zrepl.model.Snapshot;
import java.util.List;

/**
 * What is to happen to one filesystem.
 *
 * @param verdicts one for each of its snapshots, in ascending order of createtxg
 */
record FilesystemPlan(List<KeepVerdict> verdicts) {
  /** Nothing is to happen. */
  static final FilesystemPlan NOTHING = new FilesystemPlan(CompactVerdicts.EMPTY);

  /** Copies the list, compactly. */
  FilesystemPlan {
    verdicts = CompactVerdicts.copyOf(verdicts);
  }

  /** The verdicts by which snapshots are to be destroyed, in the same order; a view. */
  List<KeepVerdict> destroying() {
    return CompactVerdicts.copyOf(verdicts).toDestroy();
  }

  /** The snapshots that are to be destroyed, in ascending order of createtxg; a view. */
  List<Snapshot> toDestroy() {
    List<KeepVerdict> destroying = destroying();
    return new LazyList<>(destroying.size(), i -> destroying.get(i).candidate().snapshot());
  }
}
