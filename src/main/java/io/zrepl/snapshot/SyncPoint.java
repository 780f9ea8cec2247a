package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Snapshot;
import io.zrepl.snapshot.SnapshotterReport.LastSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When the first round after a start is due: as early as the first of the filesystems that have
 * snapshots of this job wants its next one; at once if none has any. Pure.
 *
 * @param at that time, perhaps in the past; empty if it cannot be told, since the newest snapshots
 *     of all filesystems are in the future
 * @param withoutSnapshots filesystems that have no snapshot yet, and must wait until then
 * @param inFuture filesystems that were left out, since their newest snapshot is in the future: the
 *     clock is, or was, wrong
 * @param newest the newest snapshot of each filesystem that has one
 */
record SyncPoint(
    Optional<Instant> at,
    List<DatasetPath> withoutSnapshots,
    List<DatasetPath> inFuture,
    Map<DatasetPath, LastSnapshot> newest) {

  /**
   * Finds it.
   *
   * @param prefix what the names of the job's snapshots begin with
   * @param versions may lack filesystems without versions
   */
  static SyncPoint find(
      Instant now,
      Duration interval,
      String prefix,
      List<DatasetPath> filesystems,
      Map<DatasetPath, List<FilesystemVersion>> versions) {
    List<DatasetPath> without = new ArrayList<>();
    List<DatasetPath> inFuture = new ArrayList<>();
    List<Instant> due = new ArrayList<>();
    Map<DatasetPath, LastSnapshot> last = newest(prefix, filesystems, versions);
    for (DatasetPath filesystem : filesystems) {
      Optional<Instant> newest = Optional.ofNullable(last.get(filesystem)).map(LastSnapshot::at);
      if (newest.isEmpty()) {
        without.add(filesystem);
      } else if (newest.get().isAfter(now)) {
        inFuture.add(filesystem);
      } else {
        due.add(newest.get().plus(interval));
      }
    }
    Optional<Instant> at = due.stream().min(Comparator.naturalOrder());
    if (at.isEmpty() && (filesystems.isEmpty() || !without.isEmpty())) {
      at = Optional.of(now);
    }
    return new SyncPoint(at, without, inFuture, last);
  }

  /**
   * The newest snapshot of each filesystem that has one of the job.
   *
   * @param prefix what their names begin with
   * @param versions may lack filesystems without versions
   */
  static Map<DatasetPath, LastSnapshot> newest(
      String prefix,
      List<DatasetPath> filesystems,
      Map<DatasetPath, List<FilesystemVersion>> versions) {
    Map<DatasetPath, LastSnapshot> last = new HashMap<>();
    for (DatasetPath filesystem : filesystems) {
      newest(prefix, versions.getOrDefault(filesystem, List.of()))
          .ifPresent(snapshot -> last.put(filesystem, snapshot));
    }
    return last;
  }

  /** The newest snapshot by createtxg, which wrong clocks cannot disturb. */
  private static Optional<LastSnapshot> newest(String prefix, List<FilesystemVersion> versions) {
    return versions.stream()
        .filter(version -> version instanceof Snapshot && version.name().startsWith(prefix))
        .max(Comparator.comparing(FilesystemVersion::createTxg))
        .map(version -> new LastSnapshot(version.name(), version.creation()));
  }
}
