package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneId;
import java.util.Optional;

/**
 * Times by the calendar: {@code minute hour day-of-month month day-of-week}, optionally with a
 * field for seconds before them and a time zone before everything ({@code TZ=Asia/Tokyo }).
 *
 * <p>If both day fields restrict, a day needs to match one of them; otherwise both. Made by {@link
 * #parse}.
 */
public final class CronSchedule {
  private static final int FIELDS = 5;

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
        && matchesDay(time);
  }

  private boolean matchesDay(LocalDateTime time) {
    boolean day = days.has(time.getDayOfMonth());
    boolean weekday = weekdays.has(time.getDayOfWeek().getValue() % 7);
    boolean both = days.star() || weekdays.star();
    return both ? day && weekday : day || weekday;
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
