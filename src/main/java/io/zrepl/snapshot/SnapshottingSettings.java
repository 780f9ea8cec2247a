package io.zrepl.snapshot;

import io.zrepl.snapshot.hook.HookSettings;
import java.time.Duration;
import java.util.List;

/** When and under which names a job takes snapshots ({@code snapshotting}). */
public sealed interface SnapshottingSettings {

  /** Never by itself. */
  record Manual() implements SnapshottingSettings {}

  /**
   * Every so often.
   *
   * @param interval positive
   * @param names how the snapshots are called
   * @param hooks what happens around each snapshot, in order
   */
  record Periodic(Duration interval, SnapshotNaming names, List<HookSettings> hooks)
      implements SnapshottingSettings {
    /** Copies the list. */
    public Periodic {
      hooks = List.copyOf(hooks);
    }

    /** Without hooks. */
    public Periodic(Duration interval, SnapshotNaming names) {
      this(interval, names, List.of());
    }
  }

  /**
   * By the calendar.
   *
   * @param schedule when
   * @param names how the snapshots are called
   * @param hooks what happens around each snapshot, in order
   */
  record Cron(CronSchedule schedule, SnapshotNaming names, List<HookSettings> hooks)
      implements SnapshottingSettings {
    /** Copies the list. */
    public Cron {
      hooks = List.copyOf(hooks);
    }
  }
}
