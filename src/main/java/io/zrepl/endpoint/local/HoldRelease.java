package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.Hold;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Releases the holds of one tag, of both endpoints. */
final class HoldRelease {
  private HoldRelease() {}

  /**
   * Releases the holds of a tag on all snapshots of a filesystem but the given ones. One command if
   * there is something to release, one more if it is not known which snapshots carry the tag.
   *
   * @return why it failed; a leftover hold is no reason to fail what the caller is doing
   */
  static Optional<OperationException> releaseAllBut(
      Zfs zfs, Inventory inventory, String tag, FilesystemState state, Set<String> kept)
      throws InterruptedException {
    DatasetPath filesystem = state.dataset().path();
    try {
      Set<String> held = new TreeSet<>(state.held());
      if (!state.allHoldsKnown()) {
        Set<String> found = find(zfs, filesystem, tag, state.snapshotsWithUnknownHolds(kept));
        held.addAll(found);
        inventory.update(filesystem, known -> known.withAllHoldsKnown(found));
      }
      held.removeAll(kept);
      if (!held.isEmpty()) {
        List<SnapshotPath> snapshots = new ArrayList<>();
        for (String name : held) {
          snapshots.add(StepProtection.snapshotPath(filesystem, name));
        }
        zfs.release(tag, snapshots);
        inventory.update(filesystem, known -> known.withoutHolds(held));
      }
      return Optional.empty();
    } catch (OperationException e) {
      return Optional.of(e);
    }
  }

  private static Set<String> find(
      Zfs zfs, DatasetPath filesystem, String tag, List<Snapshot> candidates)
      throws OperationException, InterruptedException {
    List<SnapshotPath> paths = new ArrayList<>();
    for (Snapshot candidate : candidates) {
      paths.add(StepProtection.snapshotPath(filesystem, candidate.name()));
    }
    Set<String> found = new HashSet<>();
    if (!paths.isEmpty()) {
      for (Hold hold : zfs.holds(paths)) {
        if (hold.tag().equals(tag)) {
          found.add(hold.snapshot().name());
        }
      }
    }
    return found;
  }
}
