package io.zrepl.snapshot;

import io.zrepl.snapshot.hook.HookSettings;
import java.time.Duration;
import java.util.List;

/** When and under which names a job takes snapshots ({@code snapshotting}). */
public sealed interface SnapshottingSettings {

  /** How the snapshots are called. */
  SnapshotNaming names();

  /** What happens around each snapshot, in order. */
  List<HookSettings> hooks();

  /** Never by itself. What is taken on request has the usual names, and no hooks. */
  record Manual() implements SnapshottingSettings {
    private static final SnapshotNaming USUAL_NAMES = SnapshotNaming.usual();

    @Override
    public SnapshotNaming names() {
      return USUAL_NAMES;
    }

    @Override
    public List<HookSettings> hooks() {
      return List.of();
    }
  }

  /**
   * Only when somebody asks for them, but under the names and with the hooks of a job that takes
   * them by itself elsewhere.
   *
   * @param names how the snapshots are called
   * @param hooks what happens around each snapshot, in order
   */
  record OnRequest(SnapshotNaming names, List<HookSettings> hooks) implements SnapshottingSettings {
    /** Copies the list. */
    public OnRequest {
      hooks = List.copyOf(hooks);
    }
  }

  /** Whether a job with them takes snapshots without being asked. */
  default boolean takesSnapshots() {
    return switch (this) {
      case Manual _, OnRequest _ -> false;
      case Periodic _, Cron _ -> true;
    };
  }

  /** The same without any time at which snapshots are taken. */
  default SnapshottingSettings onRequest() {
    return switch (this) {
      case Manual _, OnRequest _ -> this;
      case Periodic periodic -> new OnRequest(periodic.names(), periodic.hooks());
      case Cron cron -> new OnRequest(cron.names(), cron.hooks());
    };
  }

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
