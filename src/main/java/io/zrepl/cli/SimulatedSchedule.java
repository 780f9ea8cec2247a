package io.zrepl.cli;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.snapshot.CronSchedule;
import io.zrepl.snapshot.SnapshotNaming;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Snapshots that a simulation takes. Made while they are read: ten years of them need no memory.
 *
 * @param rhythm when they are taken
 * @param names how they are called
 */
record SimulatedSchedule(Rhythm rhythm, SnapshotNaming names) {
  private static final int TYPICAL = 1000;

  /** When snapshots are taken. */
  sealed interface Rhythm {
    /** The time of the next one after another, or after the beginning; empty if there is none. */
    Optional<Instant> next(Instant after);

    /** Never. */
    record Never() implements Rhythm {
      @Override
      public Optional<Instant> next(Instant after) {
        return Optional.empty();
      }
    }

    /**
     * Every so often.
     *
     * @param interval positive
     */
    record Every(Duration interval) implements Rhythm {
      @Override
      public Optional<Instant> next(Instant after) {
        return Optional.of(after.plus(interval));
      }
    }

    /**
     * By the calendar.
     *
     * @param zone in which the schedule is meant if it does not name one
     */
    record Calendar(CronSchedule schedule, ZoneId zone) implements Rhythm {
      @Override
      public Optional<Instant> next(Instant after) {
        return schedule.next(after, zone);
      }
    }
  }

  /** Whether there are more snapshots than so many until a time. */
  boolean exceeds(int most, Instant start, Instant end) {
    if (rhythm instanceof Rhythm.Every every) {
      return Duration.between(start, end).dividedBy(every.interval()) > most;
    }
    int count = 0;
    Optional<Instant> next = timeAfter(start, end);
    while (next.isPresent() && count <= most) {
      count++;
      next = timeAfter(next.get(), end);
    }
    return count > most;
  }

  /** The shortest time between two snapshots, as far as the first of them show it. */
  Duration shortestGap(Instant start, Instant end) {
    Duration shortest = Duration.ofMinutes(15);
    Optional<Instant> last = timeAfter(start, end);
    for (int i = 0; i < TYPICAL && last.isPresent(); i++) {
      Optional<Instant> next = timeAfter(last.get(), end);
      if (next.isPresent()) {
        Duration gap = Duration.between(last.get(), next.get());
        shortest = i == 0 || gap.compareTo(shortest) < 0 ? gap : shortest;
      }
      last = next;
    }
    return shortest;
  }

  /**
   * The snapshots after one time, up to another.
   *
   * @param firstNumber guid and createtxg of the first one; the others count on
   */
  Iterable<Snapshot> snapshots(Instant start, Instant end, long firstNumber) {
    return () ->
        new Iterator<>() {
          private Optional<Instant> time = timeAfter(start, end);
          private long number = firstNumber;

          @Override
          public boolean hasNext() {
            return time.isPresent();
          }

          @Override
          public Snapshot next() {
            Instant now = time.orElseThrow(NoSuchElementException::new);
            time = timeAfter(now, end);
            Snapshot snapshot =
                new Snapshot(names.nameAt(now), new Guid(number), new CreateTxg(number), now);
            number++;
            return snapshot;
          }
        };
  }

  private Optional<Instant> timeAfter(Instant time, Instant end) {
    return rhythm.next(time).filter(next -> !next.isAfter(end));
  }
}
