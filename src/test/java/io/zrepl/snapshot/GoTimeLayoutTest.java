package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoTimeLayoutTest {
  private static final ZonedDateTime JULY =
      Instant.parse("2026-07-04T05:06:07.089Z").atZone(ZoneId.of("UTC"));
  private static final ZonedDateTime EVENING =
      Instant.parse("2026-11-23T21:16:23.120456789Z").atZone(ZoneId.of("UTC"));

  private static String format(String layout, ZonedDateTime time) {
    return GoTimeLayout.of(layout).format(time);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "2006|2026|2026",
        "06|26|26",
        "01|07|11",
        "1|7|11",
        "Jan|Jul|Nov",
        "January|July|November",
        "02|04|23",
        "2|4|23",
        "_2| 4|23",
        "002|185|327",
        "__2|185|327",
        "Mon|Sat|Mon",
        "Monday|Saturday|Monday",
        "15|05|21",
        "03|05|09",
        "3|5|9",
        "PM|AM|PM",
        "pm|am|pm",
        "04|06|16",
        "4|6|16",
        "05|07|23",
        "5|7|23",
        "05.000|07.089|23.120",
        "05.00|07.08|23.12",
        "05,000000000|07,089000000|23,120456789",
        "05.999|07.089|23.12",
        "05.9|07|23.1",
        ".00|.08|.12",
        ".0000000000|.089000000|.120456789",
        "MST|UTC|UTC",
        "-0700|+0000|+0000",
        "Z0700|Z|Z",
        "Z07:00|Z|Z",
        "Z07|Z|Z",
        "Z070000|Z|Z",
        "Z07:00:00|Z|Z",
      })
  void everyElement(String layout, String july, String evening) {
    assertThat(format(layout, JULY)).isEqualTo(july);
    assertThat(format(layout, EVENING)).isEqualTo(evening);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "20060102_150405_000|20260704_050607_000",
        "_2006|_2026",
        "2006-002|2026-185",
        "Jane|Jane",
        "Janus|Janus",
        "Jan_|Jul_",
        "Januaryx|Julyx",
        "Monk|Monk",
        "MonX|SatX",
        "P|P",
        "M|M",
        "_|_",
        "-|-",
        "-07x|+00x",
        "Z|Z",
        ".001|.007",
        "05.0x|07.0x",
        "05.|07.",
        "07|07",
        "08|08",
        "h15m04s05|h05m06s07",
        "zrepl|zrepl",
      })
  void literalsAndWhatOnlyLooksLikeAnElement(String layout, String text) {
    assertThat(format(layout, JULY)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Europe/Berlin|-0700|+0200",
        "Europe/Berlin|-07:00|+02:00",
        "Europe/Berlin|-07|+02",
        "Europe/Berlin|-070000|+020000",
        "Europe/Berlin|-07:00:00|+02:00:00",
        "Europe/Berlin|Z0700|+0200",
        "Europe/Berlin|MST|CEST",
        "America/New_York|-0700|-0400",
        "America/New_York|MST|EDT",
        "America/St_Johns|-07:00|-02:30",
        "Asia/Tokyo|MST|JST",
        "Asia/Kathmandu|MST|+0545",
        "America/Sao_Paulo|MST|-03",
        "Africa/Abidjan|MST|GMT",
        "Europe/London|MST|BST",
        "Atlantic/Azores|MST|+00",
        "Europe/Minsk|MST|+03",
        "Asia/Colombo|MST|+0530",
        "America/Adak|MST|HDT",
      })
  void zones(String zone, String layout, String text) {
    assertThat(format(layout, JULY.withZoneSameInstant(ZoneId.of(zone)))).isEqualTo(text);
  }

  @Test
  void fractionWithNinesVanishesWithItsSeparatorIfItIsZero() {
    assertThat(format("05.999", JULY.withNano(0))).isEqualTo("07");
    assertThat(format("05.000", JULY.withNano(0))).isEqualTo("07.000");
  }

  @Test
  void noonAndMidnightAreTwelve() {
    assertThat(format("3 03 PM", JULY.withHour(0))).isEqualTo("12 12 AM");
    assertThat(format("3 03 PM", JULY.withHour(12))).isEqualTo("12 12 PM");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "foo", "isodate", "_", "Jane"})
  void knowsThatItIsConstant(String layout) {
    assertThat(GoTimeLayout.of(layout).dependsOnTime()).isFalse();
    assertThat(GoTimeLayout.of(layout + "15").dependsOnTime()).isTrue();
  }
}
