package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an expression means; which are rejected is tested with the configuration. */
class CronScheduleTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // 2026-07-04 is a Saturday
        "*/15 * * * *|2026-07-04T05:45:00|true",
        "*/15 * * * *|2026-07-04T05:46:00|false",
        "*/15 * * * *|2026-07-04T05:45:01|false",
        "30 0 3 * * *|2026-07-04T03:00:30|true",
        "1/10 * * * *|2026-07-04T03:51:00|true",
        "1/10 * * * *|2026-07-04T03:50:00|false",
        "0 3 * JAN-mar MON|2026-02-02T03:00:00|true",
        "0 3 * JAN-mar MON|2026-02-03T03:00:00|false",
        "0 3 1 * SAT|2026-07-04T03:00:00|true",
        "0 3 1 * SAT|2026-07-01T03:00:00|true",
        "0 3 1 * SAT|2026-07-02T03:00:00|false",
        "0 3 1 * *|2026-07-04T03:00:00|false",
        "0 3 * * 0|2026-07-05T03:00:00|true",
        "0 3 */2 * SAT|2026-07-04T03:00:00|true",
        "0 3 */2 * SAT|2026-07-03T03:00:00|true",
        "0 3 */1 * SAT|2026-07-03T03:00:00|false",
        "5,,35 * * * *|2026-07-04T05:35:00|true",
        "0 0 29 2 *|2028-02-29T00:00:00|true"
      })
  void matches(String expression, LocalDateTime time, boolean expected) throws Exception {
    assertThat(CronSchedule.parse(expression).matches(time)).isEqualTo(expected);
  }

  @Test
  void zoneMayStandBeforeIt() throws Exception {
    assertThat(CronSchedule.parse("TZ=Asia/Tokyo 0 3 * * *").zone())
        .contains(ZoneId.of("Asia/Tokyo"));
    assertThat(CronSchedule.parse("CRON_TZ=UTC  0 3 * * *").zone()).isPresent();
    assertThat(CronSchedule.parse("0 3 * * *").zone()).isEmpty();
  }

  private static Optional<Instant> next(String expression, Instant after, String zone)
      throws Exception {
    return CronSchedule.parse(expression).next(after, ZoneId.of(zone));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0-10 * * * *|2022-07-17T01:10|2022-07-17T02:00",
        "0-10 * * * *|2022-07-17T23:10|2022-07-18T00:00",
        "0-10 * * * *|2022-07-23T01:09|2022-07-23T01:10",
        "1,3,5 * * * *|2022-07-01T01:01|2022-07-01T01:03",
        "1,3,5 * * * *|2022-07-01T01:02|2022-07-01T01:03",
        "1,3,5 * * * *|2022-07-01T01:03|2022-07-01T01:05",
        "1,3,5 * * * *|2022-07-01T01:05|2022-07-01T02:01",
        "* 0-5,8,12 * * *|2022-07-01T00:00|2022-07-01T00:01",
        "* 0-5,8,12 * * *|2022-07-01T04:59|2022-07-01T05:00",
        "* 0-5,8,12 * * *|2022-07-01T05:00|2022-07-01T05:01",
        "* 0-5,8,12 * * *|2022-07-01T05:59|2022-07-01T08:00",
        "* 0-5,8,12 * * *|2022-07-01T08:59|2022-07-01T12:00",
        "53 17,18,19 * * *|2022-07-23T17:52|2022-07-23T17:53",
        "53 17,18,19 * * *|2022-07-23T17:53|2022-07-23T18:53",
        "53 17,18,19 * * *|2022-07-23T18:53|2022-07-23T19:53",
        "53 17,18,19 * * *|2022-07-23T19:53|2022-07-24T17:53",
        "0 0 29 2 *|2096-02-29T00:00|2104-02-29T00:00",
        "0 0 31 * *|2026-01-31T00:00|2026-03-31T00:00",
        "59 59 23 31 12 ?|2026-12-31T23:59:59|2027-12-31T23:59:59"
      })
  void nextIsLater(String expression, LocalDateTime after, LocalDateTime expected)
      throws Exception {
    assertThat(next(expression, after.toInstant(ZoneOffset.UTC), "UTC"))
        .contains(expected.toInstant(ZoneOffset.UTC));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Berlin: 02:00 to 03:00 is left out on 2026-03-29 and comes twice on 2026-10-25
        "30 2 * * *|Europe/Berlin|2026-03-28T12:00:00Z|2026-03-30T00:30:00Z",
        "30 2 * * *|Europe/Berlin|2026-10-24T12:00:00Z|2026-10-25T00:30:00Z",
        "30 2 * * *|Europe/Berlin|2026-10-25T00:30:00Z|2026-10-25T01:30:00Z",
        "0 * * * *|Europe/Berlin|2026-03-29T00:30:00Z|2026-03-29T01:00:00Z",
        "0 3 * * *|Europe/Berlin|2026-03-28T12:00:00Z|2026-03-29T01:00:00Z",
        // Lord Howe changes by half an hour: 02:00 to 02:30 on 2026-10-04, 01:30 to 02:00 twice on
        // 2026-04-05
        "15 2 * * *|Australia/Lord_Howe|2026-10-03T00:00:00Z|2026-10-04T15:15:00Z",
        "45 1 * * *|Australia/Lord_Howe|2026-04-04T14:45:00Z|2026-04-04T15:15:00Z",
        "*/30 * * * *|Australia/Lord_Howe|2026-04-04T14:30:00Z|2026-04-04T15:00:00Z",
        // always half an hour or three quarters off
        "0 12 * * *|Asia/Kolkata|2026-07-04T00:00:00Z|2026-07-04T06:30:00Z",
        "0 12 * * *|Asia/Kathmandu|2026-07-04T00:00:00Z|2026-07-04T06:15:00Z",
        // a whole day was left out in Samoa: 2011-12-30
        "0 12 30 12 *|Pacific/Apia|2011-01-01T00:00:00Z|2012-12-29T22:00:00Z"
      })
  void changesOfTheOffsetLeaveTimesOutAndRepeatThem(
      String expression, String zone, Instant after, Instant expected) throws Exception {
    assertThat(next(expression, after, zone)).contains(expected);
  }

  @Test
  void zoneOfTheExpressionCounts() throws Exception {
    assertThat(
            next("TZ=Asia/Tokyo 0 3 * * *", Instant.parse("2026-07-04T00:00:00Z"), "Europe/Berlin"))
        .contains(Instant.parse("2026-07-04T18:00:00Z"));
  }

  @Test
  void partsOfASecondDoNotCount() throws Exception {
    assertThat(next("0 3 * * *", Instant.parse("2026-07-04T02:59:59.999Z"), "UTC"))
        .contains(Instant.parse("2026-07-04T03:00:00Z"));
    assertThat(next("0 3 * * *", Instant.parse("2026-07-04T03:00:00.001Z"), "UTC"))
        .contains(Instant.parse("2026-07-05T03:00:00Z"));
  }

  static LongStream seeds() {
    return LongStream.range(0, 200);
  }

  /**
   * Looks at every second, with nothing but another reading of the expression and the zone's rules.
   */
  @Tag("slow")
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void agreesWithLookingAtEverySecond(long seed) throws Exception {
    Random random = new Random(seed);
    ZoneId zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    String expression = RandomExpressions.expression(random);
    CronSchedule schedule = CronSchedule.parse(expression);
    CronOracle oracle = new CronOracle(expression);
    Instant from = start(random, zone);
    Instant end = from.plus(Duration.ofHours(60));
    List<Instant> expected = new ArrayList<>();
    for (Instant t = from.plusSeconds(1); !t.isAfter(end); t = t.plusSeconds(1)) {
      if (oracle.matches(LocalDateTime.ofInstant(t, zone))) {
        expected.add(t);
      }
    }
    List<Instant> found = new ArrayList<>();
    Optional<Instant> next = schedule.next(from, zone);
    while (next.isPresent() && !next.get().isAfter(end)) {
      found.add(next.get());
      next = schedule.next(next.get(), zone);
    }
    assertThat(found)
        .as("seed %d: \"%s\" in %s from %s", seed, expression, zone, from)
        .isEqualTo(expected);
  }

  private static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Berlin",
          "America/New_York",
          "America/St_Johns",
          "Australia/Lord_Howe",
          "Australia/Adelaide",
          "Asia/Kathmandu",
          "Africa/Casablanca",
          "America/Havana",
          "Pacific/Chatham",
          "Pacific/Apia",
          "Antarctica/Troll",
          "Asia/Gaza");

  /** Mostly a little before a change of the offset. */
  private static Instant start(Random random, ZoneId zone) {
    Instant some =
        Instant.parse("2005-01-01T00:00:00Z").plusSeconds(random.nextInt(20 * 365) * 86_400L);
    var change = zone.getRules().nextTransition(some);
    Instant base = change == null || random.nextInt(4) == 0 ? some : change.getInstant();
    return base.minusSeconds(random.nextInt(40 * 3600));
  }
}
