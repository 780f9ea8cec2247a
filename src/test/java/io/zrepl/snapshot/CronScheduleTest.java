package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
