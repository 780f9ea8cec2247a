package io.zrepl.snapshot;

import java.time.Duration;

/** When and under which names a job takes snapshots ({@code snapshotting}). */
public sealed interface SnapshottingSettings {

  /** Never by itself. */
  record Manual() implements SnapshottingSettings {}

  /**
   * Every so often.
   *
   * @param interval positive
   * @param names how the snapshots are called
   */
  record Periodic(Duration interval, SnapshotNaming names) implements SnapshottingSettings {}
}
