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

  /** Copies the list, compactly unless it explains more than a run needs. */
  FilesystemPlan {
    verdicts = explains(verdicts) ? List.copyOf(verdicts) : CompactVerdicts.copyOf(verdicts);
  }

  private static boolean explains(List<KeepVerdict> verdicts) {
    return !(verdicts instanceof CompactVerdicts)
        && verdicts.stream().anyMatch(verdict -> !verdict.objections().isEmpty());
  }

  /** The verdicts by which snapshots are to be destroyed, in the same order; a view. */
  List<KeepVerdict> destroying() {
    return verdicts instanceof CompactVerdicts compact
        ? compact.toDestroy()
        : verdicts.stream().filter(verdict -> !verdict.kept()).toList();
  }

  /** The verdicts by which snapshots stay although no rule keeps them; a view. */
  List<KeepVerdict> spared() {
    return verdicts instanceof CompactVerdicts compact
        ? compact.spared()
        : verdicts.stream().filter(KeepVerdict::spared).toList();
  }

  /** The snapshots that are to be destroyed, in ascending order of createtxg; a view. */
  List<Snapshot> toDestroy() {
    List<KeepVerdict> destroying = destroying();
    return new LazyList<>(destroying.size(), i -> destroying.get(i).candidate().snapshot());
  }
}
