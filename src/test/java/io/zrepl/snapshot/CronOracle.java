package io.zrepl.snapshot;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.Month;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What a valid cron expression means, said as plainly as possible and without anything of {@link
 * CronSchedule}: each field is the set of its values, a time is looked up in all of them.
 */
final class CronOracle {
  private static final Pattern PART =
      Pattern.compile("(?<from>[*?]|\\w+)(-(?<to>\\w+))?(/(?<step>\\d+))?");

  private final Field second;
  private final Field minute;
  private final Field hour;
  private final Field day;
  private final Field month;
  private final Field weekday;

  private record Field(Set<Integer> values, boolean unrestricted) {}

  CronOracle(String expression) {
    List<String> fields = List.of(expression.split(" ", -1));
    boolean hasSeconds = fields.size() == 6;
    int first = hasSeconds ? 1 : 0;
    second = field(hasSeconds ? fields.getFirst() : "0", 0, 59, CronOracle::noName);
    minute = field(fields.get(first), 0, 59, CronOracle::noName);
    hour = field(fields.get(first + 1), 0, 23, CronOracle::noName);
    day = field(fields.get(first + 2), 1, 31, CronOracle::noName);
    month = field(fields.get(first + 3), 1, 12, value -> shortName(Month.of(value).name()));
    weekday =
        field(
            fields.get(first + 4),
            0,
            6,
            value -> shortName(DayOfWeek.of(value == 0 ? 7 : value).name()));
  }

  private static String noName(int value) {
    return "";
  }

  private static String shortName(String name) {
    return name.substring(0, 3).toLowerCase(Locale.ROOT);
  }

  private static Field field(String text, int least, int most, IntFunction<String> names) {
    Set<Integer> values = new TreeSet<>();
    boolean unrestricted = false;
    for (String part : text.split(",", -1)) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(part);
      }
      String from = matcher.group("from");
      int step = matcher.group("step") == null ? 1 : Integer.parseInt(matcher.group("step"));
      boolean all = from.equals("*") || from.equals("?");
      int begin = all ? least : number(from, least, most, names);
      int end;
      if (all) {
        end = most;
      } else if (matcher.group("to") != null) {
        end = number(matcher.group("to"), least, most, names);
      } else {
        end = matcher.group("step") == null ? begin : most;
      }
      unrestricted |= all && step == 1;
      IntStream.rangeClosed(begin, end)
          .filter(value -> (value - begin) % step == 0)
          .forEach(values::add);
    }
    return new Field(values, unrestricted);
  }

  private static int number(String text, int least, int most, IntFunction<String> names) {
    return IntStream.rangeClosed(least, most)
        .filter(value ->
            text.equals(Integer.toString(value)) || text.equalsIgnoreCase(names.apply(value)))
        .findFirst()
        .orElseThrow();
  }

  /** Whether it comes true at a time. */
  boolean matches(LocalDateTime time) {
    boolean dayFits = day.values().contains(time.getDayOfMonth());
    boolean weekdayFits = weekday.values().contains(time.getDayOfWeek().getValue() % 7);
    // as cron has always done it: two restrictions of the day are alternatives
    boolean both = day.unrestricted() || weekday.unrestricted();
    boolean date = both ? (dayFits && weekdayFits) : (dayFits || weekdayFits);
    return date
        && second.values().contains(time.getSecond())
        && minute.values().contains(time.getMinute())
        && hour.values().contains(time.getHour())
        && month.values().contains(time.getMonthValue());
  }
}
