package io.zrepl.prune;

import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which snapshots count as replicated: those that come before the one at the replication cursor, in
 * the order of createtxg on the side that is pruned. The cursor is known by its guid only, since
 * createtxg cannot be compared across pools. If no snapshot has that guid, none is replicated.
 */
final class ReplicatedAttribute {
  private ReplicatedAttribute() {}

  /**
   * The snapshots among the versions, in ascending order of createtxg, with their attribute.
   *
   * @param cursor guid at the replication cursor; empty if there is none
   * @param snapshotAtCursorCounts whether the snapshot at the cursor is replicated, too
   */
  static List<PruneCandidate> candidates(
      List<FilesystemVersion> versions, Optional<Guid> cursor, boolean snapshotAtCursorCounts) {
    List<Snapshot> snapshots = new ArrayList<>();
    for (FilesystemVersion version : versions) {
      if (version instanceof Snapshot snapshot) {
        snapshots.add(snapshot);
      }
    }
    snapshots.sort(Comparator.comparing(Snapshot::createTxg));
    int atCursor = -1;
    for (int i = 0; i < snapshots.size(); i++) {
      if (cursor.isPresent() && snapshots.get(i).guid().equals(cursor.get())) {
        atCursor = i;
      }
    }
    List<PruneCandidate> result = new ArrayList<>();
    for (int i = 0; i < snapshots.size(); i++) {
      boolean replicated = i < atCursor || (i == atCursor && snapshotAtCursorCounts);
      result.add(new PruneCandidate(snapshots.get(i), replicated));
    }
    return result;
  }
}
