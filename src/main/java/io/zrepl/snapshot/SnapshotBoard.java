package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.snapshot.SnapshotterReport.LastSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How far each filesystem of a snapshotter is, and the newest snapshot that it is known to have.
 * Any thread: rounds write, also earlier ones that were not waited for, and reports read.
 */
final class SnapshotBoard {
  // guarded by this
  private final Map<DatasetPath, FilesystemProgress> board = new TreeMap<>();
  private volatile List<FilesystemProgress> progress = List.of();
  private final Map<DatasetPath, LastSnapshot> last = new ConcurrentHashMap<>();

  /** All filesystems in the order of their paths, with their newest snapshots. */
  List<FilesystemProgress> all() {
    return progress.stream()
        .map(each -> each.withLast(Optional.ofNullable(last.get(each.path()))))
        .toList();
  }

  /** Shows those that took part in no round yet, with the newest snapshots of earlier runs. */
  synchronized void showWaiting(Collection<DatasetPath> filesystems) {
    filesystems.forEach(path -> board.putIfAbsent(path, FilesystemProgress.pending(path, "")));
    progress = List.copyOf(board.values());
  }

  /** Forgets what is not among these. */
  synchronized void keepOnly(Collection<DatasetPath> filesystems) {
    Set<DatasetPath> kept = new HashSet<>(filesystems);
    last.keySet().retainAll(kept);
    board.keySet().retainAll(kept);
    progress = List.copyOf(board.values());
  }

  /** What a round tells; an earlier one may still tell of filesystems that it is busy with. */
  synchronized void merge(Collection<FilesystemProgress> changed) {
    changed.forEach(each -> board.put(each.path(), each));
    progress = List.copyOf(board.values());
  }

  /** Notes the newest snapshots that a listing shows. */
  void found(Map<DatasetPath, LastSnapshot> newest) {
    last.putAll(newest);
  }

  /** The same, of a listing that rounds may have overtaken. */
  void foundEarlier(Map<DatasetPath, LastSnapshot> newest) {
    newest.forEach(last::putIfAbsent);
  }

  /** How many filesystems have that as their newest snapshot. */
  long taken(String name) {
    return last.values().stream().filter(newest -> newest.name().equals(name)).count();
  }

  /** Notes what is taken under a name, and passes it on. */
  SnapshotObserver noting(String name, SnapshotObserver observer) {
    return new SnapshotObserver() {
      @Override
      public void snapshotTaken(DatasetPath filesystem, Instant at, Duration duration) {
        last.put(filesystem, new LastSnapshot(name, at));
        observer.snapshotTaken(filesystem, at, duration);
      }

      @Override
      public void filesystemFailed(DatasetPath filesystem) {
        observer.filesystemFailed(filesystem);
      }
    };
  }
}
