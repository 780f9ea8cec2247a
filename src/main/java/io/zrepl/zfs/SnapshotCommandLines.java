package io.zrepl.zfs;

import io.zrepl.model.SnapshotPath;
import java.util.Collection;
import java.util.List;

/** How many snapshots fit into one {@code zfs snapshot}, which takes them at one instant. */
public final class SnapshotCommandLines {
  // All snapshots of a pool belong into one command, else they are not atomic; so this is much
  // longer than other command lines. Linux takes 2 MiB with the usual stack limit.
  static final int LIMIT = 1 << 20;

  private SnapshotCommandLines() {}

  /**
   * What fits into one command each: {@link Zfs#snapshot} needs one process for each of these.
   *
   * @param snapshots of one pool
   * @return in the same order; normally one list, none is empty
   */
  public static List<List<SnapshotPath>> split(Collection<SnapshotPath> snapshots) {
    return ArgumentChunks.split(snapshots, LIMIT);
  }
}
