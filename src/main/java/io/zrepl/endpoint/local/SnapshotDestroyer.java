package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.DestroyOutcome;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Destroys snapshots for both endpoints: reads all of them again (one command), leaves alone what
 * is not what the caller meant, and destroys the rest as one batch.
 */
final class SnapshotDestroyer {
  private final Zfs zfs;
  private final Inventory inventory;

  SnapshotDestroyer(Zfs zfs, Inventory inventory) {
    this.zfs = zfs;
    this.inventory = inventory;
  }

  /**
   * Destroys.
   *
   * @param filesystem as it is called on this machine
   * @return one result per snapshot, in the order given; a snapshot that does not exist is success
   */
  List<DestroyResult> destroy(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    Map<Snapshot, SnapshotPath> paths = new HashMap<>();
    Map<Snapshot, String> refused = new HashMap<>();
    for (Snapshot snapshot : snapshots) {
      try {
        paths.put(snapshot, SnapshotPath.of(filesystem, snapshot.name()));
      } catch (InvalidValueException e) {
        refused.put(snapshot, String.valueOf(e.getMessage()));
      }
    }
    Map<VersionPath, FilesystemVersion> real = zfs.lookup(new LinkedHashSet<>(paths.values()));
    Set<String> names = new LinkedHashSet<>();
    for (Map.Entry<Snapshot, SnapshotPath> entry : paths.entrySet()) {
      FilesystemVersion found = real.get(entry.getValue());
      Guid wanted = entry.getKey().guid();
      if (found != null && !found.guid().equals(wanted)) {
        refused.put(
            entry.getKey(),
            "%s is now another snapshot (guid %s instead of %s): not destroyed"
                .formatted(entry.getValue(), found.guid(), wanted));
        inventory.invalidate(filesystem);
      }
    }
    for (Snapshot snapshot : snapshots) {
      if (!refused.containsKey(snapshot) && real.containsKey(paths.get(snapshot))) {
        names.add(snapshot.name());
      }
    }
    Map<String, String> reasons = destroy(filesystem, names);
    for (FilesystemVersion version : real.values()) {
      reasons.computeIfPresent(version.name(), (name, reason) -> explain(version, reason));
    }
    noteDestroyed(filesystem, paths, refused, reasons);
    List<DestroyResult> results = new ArrayList<>();
    for (Snapshot snapshot : snapshots) {
      Optional<String> error =
          Optional.ofNullable(refused.get(snapshot))
              .or(() -> Optional.ofNullable(reasons.get(snapshot.name())));
      results.add(new DestroyResult(snapshot.name(), error));
    }
    return results;
  }

  /**
   * OpenZFS before 2.2 calls a held snapshot busy, as it does one that is mounted or being sent;
   * the number of holds tells them apart.
   */
  private static String explain(FilesystemVersion version, String reason) {
    boolean busy = reason.contains("dataset is busy");
    if (!busy || !(version instanceof Snapshot snapshot)) {
      return reason;
    }
    return snapshot.userReferences().orElse(0) > 0
        ? "it is held: " + reason
        : reason + ": it is mounted or being sent";
  }

  private Map<String, String> destroy(DatasetPath filesystem, Set<String> names)
      throws OperationException, InterruptedException {
    Map<String, String> reasons = new HashMap<>();
    if (names.isEmpty()) {
      return reasons;
    }
    boolean done = false;
    try {
      for (DestroyOutcome outcome : zfs.destroySnapshots(filesystem, List.copyOf(names))) {
        outcome.reason().ifPresent(reason -> reasons.put(outcome.snapshotName(), reason));
      }
      done = true;
    } finally {
      if (!done) {
        inventory.invalidate(filesystem);
      }
    }
    return reasons;
  }

  private void noteDestroyed(
      DatasetPath filesystem,
      Map<Snapshot, SnapshotPath> paths,
      Map<Snapshot, String> refused,
      Map<String, String> reasons) {
    Set<String> gone = new HashSet<>();
    for (Snapshot snapshot : paths.keySet()) {
      if (!refused.containsKey(snapshot) && !reasons.containsKey(snapshot.name())) {
        gone.add(snapshot.relativeName());
      }
    }
    inventory.update(filesystem, state -> state.without(gone));
  }
}
