package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
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
   * Releases the holds of a tag on all snapshots of a filesystem but the given ones. One command,
   * none if there is nothing to release. Where it is not known which of the held snapshots carry
   * the tag, it is released from all of them: ZFS says so of those that do not have it, and other
   * tags are not touched.
   *
   * @return why it failed; a leftover hold is no reason to fail what the caller is doing
   */
  static Optional<OperationException> releaseAllBut(
      Zfs zfs, Inventory inventory, String tag, FilesystemState state, Set<String> kept)
      throws InterruptedException {
    DatasetPath filesystem = state.dataset().path();
    try {
      Set<String> held = new TreeSet<>(state.held());
      state.snapshotsWithUnknownHolds(kept).forEach(snapshot -> held.add(snapshot.name()));
      held.removeAll(kept);
      // Nobody looked whether those that are kept are held.
      boolean all = state.snapshotsWithUnknownHolds(held).isEmpty();
      if (!held.isEmpty()) {
        List<SnapshotPath> snapshots = new ArrayList<>();
        for (String name : held) {
          snapshots.add(StepProtection.snapshotPath(filesystem, name));
        }
        Set<String> released = new HashSet<>();
        zfs.release(tag, snapshots).forEach(snapshot -> released.add(snapshot.name()));
        inventory.update(
            filesystem, known -> known.withHoldsFound(released, all).withoutHolds(held));
      }
      return Optional.empty();
    } catch (OperationException e) {
      return Optional.of(e);
    }
  }
}
