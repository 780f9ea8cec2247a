package io.zrepl.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048524, 1023.9 KiB",
    "1048575, 1.0 MiB",
    "36071014, 34.4 MiB",
    "1073741824, 1.0 GiB",
    "1099511627776, 1.0 TiB",
    "1125899906842624, 1.0 PiB",
    "9223372036854775807, 8.0 EiB"
  })
  void sizesHaveOneDecimalAndBinaryUnits(long bytes, String text) {
    assertThat(Quantities.size(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "-5000, 0s",
    "0, 0s",
    "499, 0s",
    "500, 1s",
    "12000, 12s",
    "75000, 1m15s",
    "3600000, 1h0m0s",
    "93603000, 26h0m3s"
  })
  void durationsAreRoundedToSeconds(long millis, String text) {
    assertThat(Quantities.duration(Duration.ofMillis(millis))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0s",
    "49, 0s",
    "50, 100ms",
    "940, 900ms",
    "960, 1s",
    "1540, 1.5s",
    "62300, 1m2.3s",
    "3600000, 1h0m0s"
  })
  void shortDurationsAreRoundedToTenths(long millis, String text) {
    assertThat(Quantities.tenths(Duration.ofMillis(millis))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "8, 8s",
    "75, 1m 15s",
    "3609, 1h 00m 09s",
    "86400, 1d 00h 00m 00s",
    "900000000, 10416d 16h 00m 00s"
  })
  void remainingTimesBeginWithTheFirstUnitThatIsNotZero(long seconds, String text) {
    assertThat(Quantities.remaining(Duration.ofSeconds(seconds))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-23T03:17:38Z, UTC, 2026-11-23 03:17:38 +0000 UTC",
    "2026-11-23T03:17:38.6Z, UTC, 2026-11-23 03:17:39 +0000 UTC",
    "2026-06-01T23:30:00Z, Europe/Berlin, 2026-06-02 01:30:00 +0200",
    "2026-01-01T00:00:00Z, America/St_Johns, 2025-12-31 20:30:00 -0330"
  })
  void timesAreShownInTheZoneOfTheUser(Instant time, ZoneId zone, String text) {
    assertThat(Quantities.time(time, zone)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-23T03:15:06.607954815Z, 2026-11-23T03:15:06.607954815Z",
    "2026-11-23T03:15:06.500Z, 2026-11-23T03:15:06.5Z",
    "2026-11-23T03:15:06Z, 2026-11-23T03:15:06Z",
    "0999-01-02T03:04:05.000000010Z, 0999-01-02T03:04:05.00000001Z"
  })
  void jsonTimesHaveAsManyDigitsAsNeeded(Instant time, String text) {
    assertThat(JsonText.rfc3339(time)).isEqualTo(text);
  }
}
