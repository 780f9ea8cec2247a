package io.zrepl.job;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import io.zrepl.prune.HolderNames;
import io.zrepl.zfs.Hold;
import io.zrepl.zfs.Reclaimable;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Asks the ZFS of this machine about snapshots of a pruned side that is here: who holds them, and
 * what destroying them would free. One command for a filesystem.
 *
 * @param zfs the ZFS of this machine
 * @param root below which the filesystems lie; empty if they are called here as in the job
 */
public record LocalHolders(Zfs zfs, Optional<DatasetPath> root) implements HolderNames {

  @Override
  public Map<String, List<String>> of(DatasetPath filesystem, List<String> snapshots)
      throws OperationException, InterruptedException {
    List<SnapshotPath> paths = new ArrayList<>();
    DatasetPath here = here(filesystem);
    try {
      for (String snapshot : snapshots) {
        paths.add(SnapshotPath.of(here, snapshot));
      }
    } catch (InvalidValueException e) {
      throw OperationException.permanent(String.valueOf(e.getMessage()));
    }
    Map<String, List<String>> tags = new TreeMap<>();
    for (Hold hold : zfs.holds(paths)) {
      tags.computeIfAbsent(hold.snapshot().name(), name -> new ArrayList<>()).add(hold.tag());
    }
    tags.values().forEach(Collections::sort);
    return tags;
  }

  /** What destroying snapshots would do. */
  Reclaimable reclaimable(DatasetPath filesystem, List<String> names)
      throws OperationException, InterruptedException {
    return zfs.reclaimable(here(filesystem), names);
  }

  private DatasetPath here(DatasetPath filesystem) throws OperationException {
    try {
      return root.isPresent() ? root.get().resolve(filesystem) : filesystem;
    } catch (InvalidValueException e) {
      throw OperationException.permanent(String.valueOf(e.getMessage()));
    }
  }
}
