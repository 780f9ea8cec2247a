package io.zrepl.zfs;

import io.zrepl.model.SnapshotPath;
import java.util.Collection;

/** How many snapshots fit into one {@code zfs snapshot}, which takes them at one instant. */
public final class SnapshotCommandLines {
  // All snapshots of a pool belong into one command, else they are not atomic; so this is much
  // longer than other command lines. Linux takes 2 MiB with the usual stack limit.
  static final int LIMIT = 1 << 20;

  private SnapshotCommandLines() {}

  /**
   * How many commands {@link Zfs#snapshot} needs.
   *
   * @param snapshots of one pool
   */
  public static int count(Collection<SnapshotPath> snapshots) {
    return ArgumentChunks.split(snapshots, LIMIT).size();
  }
}
