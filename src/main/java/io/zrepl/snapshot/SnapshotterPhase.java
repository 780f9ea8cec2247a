package io.zrepl.snapshot;

/** What a snapshotter does. */
public enum SnapshotterPhase {
  /** Finds out when the first round is due, and waits for it. */
  SYNC_UP(1),
  /** Could not find that out, and waits to try again. */
  SYNC_UP_ERROR_WAIT(2),
  /** Lists the filesystems of a round. */
  PLANNING(4),
  /** Takes the snapshots of a round. */
  SNAPSHOTTING(8),
  /** Waits for the next round. */
  WAITING(16),
  /** Something failed in the last round; waits for the next one. */
  ERROR_WAIT(32),
  /** Has ended. */
  STOPPED(64);

  private final int number;

  SnapshotterPhase(int number) {
    this.number = number;
  }

  /** The number in status reports. */
  public int number() {
    return number;
  }
}
