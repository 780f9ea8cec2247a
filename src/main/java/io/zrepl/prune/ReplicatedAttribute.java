package io.zrepl.prune;

import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
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
 * createtxg cannot be compared across pools. If no snapshot has that guid, but a bookmark does, as
 * on a sender whose snapshot was destroyed, what is older than the bookmark is replicated. If there
 * is neither, none is.
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
    Optional<CreateTxg> bookmark =
        versions.stream()
            .filter(version -> version instanceof Bookmark)
            .filter(version -> cursor.equals(Optional.of(version.guid())))
            .map(FilesystemVersion::createTxg)
            .findFirst();
    List<PruneCandidate> result = new ArrayList<>();
    for (int i = 0; i < snapshots.size(); i++) {
      boolean replicated =
          atCursor >= 0
              ? i < atCursor || (i == atCursor && snapshotAtCursorCounts)
              : isOlder(snapshots.get(i), bookmark);
      result.add(new PruneCandidate(snapshots.get(i), replicated));
    }
    return result;
  }

  private static boolean isOlder(Snapshot snapshot, Optional<CreateTxg> bookmark) {
    return bookmark.map(txg -> snapshot.createTxg().compareTo(txg) < 0).orElse(false);
  }
}
