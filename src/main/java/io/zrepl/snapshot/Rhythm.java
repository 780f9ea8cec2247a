package io.zrepl.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/** When rounds of snapshots are due. */
sealed interface Rhythm {

  /**
   * When the next round is due.
   *
   * @param begun when the last one began, or now
   * @return empty if none is due, ever
   */
  Optional<Instant> nextAfter(Instant begun);

  /** The rhythm of these settings. */
  static Rhythm of(SnapshottingSettings settings, ZoneId zone) {
    return switch (settings) {
      case SnapshottingSettings.Manual _, SnapshottingSettings.OnRequest _ -> new OnRequest();
      case SnapshottingSettings.Periodic periodic -> new Every(periodic.interval());
      case SnapshottingSettings.Cron cron -> new ByCalendar(cron.schedule(), zone);
    };
  }

  /**
   * So much time after the last one.
   *
   * @param interval positive
   */
  record Every(Duration interval) implements Rhythm {
    @Override
    public Optional<Instant> nextAfter(Instant begun) {
      return Optional.of(begun.plus(interval));
    }
  }

  /**
   * By the calendar.
   *
   * @param zone in which the schedule is meant if it names none
   */
  record ByCalendar(CronSchedule schedule, ZoneId zone) implements Rhythm {
    @Override
    public Optional<Instant> nextAfter(Instant begun) {
      return schedule.next(begun, zone);
    }
  }

  /** Only when somebody asks for one. */
  record OnRequest() implements Rhythm {
    @Override
    public Optional<Instant> nextAfter(Instant begun) {
      return Optional.empty();
    }
  }
}
