package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;

/**
 * Times by the calendar: {@code minute hour day-of-month month day-of-week}, optionally with a
 * field for seconds before them and a time zone before everything ({@code TZ=Asia/Tokyo }).
 *
 * <p>If both day fields restrict, a day needs to match one of them; otherwise both. Times that a
 * change to daylight saving leaves out are left out; times that the change back repeats come twice.
 * Made by {@link #parse}. Immutable.
 */
public final class CronSchedule {
  private static final int FIELDS = 5;

  /** 29 February is up to 8 years away; a change of the offset may leave a time out once more. */
  private static final int YEARS_AHEAD = 40;

  private final String text;
  private final Optional<ZoneId> zone;
  private final CronField.Selection seconds;
  private final CronField.Selection minutes;
  private final CronField.Selection hours;
  private final CronField.Selection days;
  private final CronField.Selection months;
  private final CronField.Selection weekdays;

  private CronSchedule(String text, Optional<ZoneId> zone, String[] fields)
      throws InvalidValueException {
    this.text = text;
    this.zone = zone;
    int first = fields.length - FIELDS;
    this.seconds = CronField.SECOND.parse(first == 0 ? "0" : fields[0]);
    this.minutes = CronField.MINUTE.parse(fields[first]);
    this.hours = CronField.HOUR.parse(fields[first + 1]);
    this.days = CronField.DAY.parse(fields[first + 2]);
    this.months = CronField.MONTH.parse(fields[first + 3]);
    this.weekdays = CronField.WEEKDAY.parse(fields[first + 4]);
  }

  /**
   * Parses the text form.
   *
   * @throws InvalidValueException if it is malformed, or never comes true
   */
  public static CronSchedule parse(String text) throws InvalidValueException {
    String rest = text;
    Optional<ZoneId> zone = Optional.empty();
    if (text.startsWith("TZ=") || text.startsWith("CRON_TZ=")) {
      int blank = text.indexOf(' ');
      if (blank < 0) {
        throw new InvalidValueException(
            "cron: behind the time zone, the expression itself is missing");
      }
      zone = Optional.of(TimeZones.parse(text.substring(text.indexOf('=') + 1, blank)));
      rest = text.substring(blank);
    }
    rest = rest.strip();
    if (rest.isEmpty()) {
      throw new InvalidValueException("cron: the expression is empty; " + form());
    }
    if (rest.startsWith("@")) {
      throw new InvalidValueException(
          "cron: descriptors such as \"%s\" are not supported; %s".formatted(rest, form()));
    }
    String[] fields = rest.split("\\s+", -1);
    if (fields.length != FIELDS && fields.length != FIELDS + 1) {
      throw new InvalidValueException(
          "cron: this has %d fields; %s".formatted(fields.length, form()));
    }
    CronSchedule schedule = new CronSchedule(text, zone, fields);
    if (!schedule.everFires()) {
      throw new InvalidValueException(
          "cron: this never comes true: no selected month has such a day");
    }
    return schedule;
  }

  private static String form() {
    return "5 fields are needed: minute, hour, day of the month, month, day of the week; or 6 with the second first";
  }

  private boolean everFires() {
    return (!days.star() && !weekdays.star())
        || months.values().stream()
            .anyMatch(month -> days.values().nextSetBit(1) <= Month.of(month).maxLength());
  }

  /** The zone in which it is meant; empty for the time zone of the daemon. */
  public Optional<ZoneId> zone() {
    return zone;
  }

  /** Whether it comes true at that time of its zone, to the second. */
  public boolean matches(LocalDateTime time) {
    return seconds.has(time.getSecond())
        && minutes.has(time.getMinute())
        && hours.has(time.getHour())
        && months.has(time.getMonthValue())
        && matchesDay(time.toLocalDate());
  }

  private boolean matchesDay(LocalDate date) {
    boolean day = days.has(date.getDayOfMonth());
    boolean weekday = weekdays.has(date.getDayOfWeek().getValue() % 7);
    boolean both = days.star() || weekdays.star();
    return both ? day && weekday : day || weekday;
  }

  /**
   * The next time at which it comes true.
   *
   * @param after the result is later than this, by less than a second perhaps
   * @param standard in which zone it is meant if it does not name one
   * @return a whole second; empty if there is none in the next decades
   */
  public Optional<Instant> next(Instant after, ZoneId standard) {
    ZoneRules rules = zone.orElse(standard).getRules();
    Instant from = after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    Instant horizon = from.plus(Math.round(YEARS_AHEAD * 365.25), ChronoUnit.DAYS);
    // Between two transitions the offset is constant, so that local times are in order.
    while (from.isBefore(horizon)) {
      ZoneOffset offset = rules.getOffset(from);
      Optional<ZoneOffsetTransition> change = Optional.ofNullable(rules.nextTransition(from));
      Instant end = change.map(ZoneOffsetTransition::getInstant).orElse(horizon);
      Optional<LocalDateTime> found =
          nextLocal(
              LocalDateTime.ofInstant(from, offset),
              LocalDateTime.ofInstant(end.isBefore(horizon) ? end : horizon, offset));
      if (found.isPresent()) {
        return found.map(time -> time.toInstant(offset));
      }
      from = end;
    }
    return Optional.empty();
  }

  /** The first time from {@code from} on, and before {@code end}, at which it comes true. */
  private Optional<LocalDateTime> nextLocal(LocalDateTime from, LocalDateTime end) {
    LocalTime begin = from.toLocalTime();
    LocalDate date = from.toLocalDate();
    while (!date.isAfter(end.toLocalDate())) {
      if (!months.has(date.getMonthValue())) {
        date = date.plusMonths(1).withDayOfMonth(1);
        begin = LocalTime.MIDNIGHT;
        continue;
      }
      Optional<LocalTime> time = matchesDay(date) ? nextTime(begin) : Optional.empty();
      if (time.isPresent()) {
        LocalDateTime found = date.atTime(time.get());
        return found.isBefore(end) ? Optional.of(found) : Optional.empty();
      }
      date = date.plusDays(1);
      begin = LocalTime.MIDNIGHT;
    }
    return Optional.empty();
  }

  /** The first selected time of a day, from that one on. */
  private Optional<LocalTime> nextTime(LocalTime from) {
    int hour = hours.values().nextSetBit(from.getHour());
    int minute = from.getMinute();
    int second = from.getSecond();
    while (hour >= 0) {
      if (hour > from.getHour()) {
        minute = 0;
        second = 0;
      }
      int nextMinute = minutes.values().nextSetBit(minute);
      if (nextMinute > minute) {
        second = 0;
      }
      int nextSecond = seconds.values().nextSetBit(second);
      if (nextMinute >= 0 && nextSecond < 0) {
        nextMinute = minutes.values().nextSetBit(nextMinute + 1);
        nextSecond = seconds.values().nextSetBit(0);
      }
      if (nextMinute >= 0) {
        return Optional.of(LocalTime.of(hour, nextMinute, nextSecond));
      }
      hour = hours.values().nextSetBit(hour + 1);
    }
    return Optional.empty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CronSchedule schedule && schedule.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }
}
