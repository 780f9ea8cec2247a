package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotNamingTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dense|UTC|2026-07-04T05:06:07.089Z|zrepl_20260704_050607_000",
        "DENSE|''|2026-07-04T05:06:07.089Z|zrepl_20260704_050607_000",
        "dense|UTC|2024-05-14T21:16:23Z|zrepl_20240514_211623_000",
        "human|UTC|2026-07-04T05:06:07.089Z|zrepl_2026-07-04_05:06:07",
        "unix-seconds|UTC|2026-07-04T05:06:07.089Z|zrepl_1783141567",
        "iso-8601|UTC|2026-07-04T05:06:07.089Z|zrepl_2026-07-04T05:06:07.089Z",
        "ISO-8601|Europe/Berlin|2026-07-04T05:06:07.089Z|zrepl_2026-07-04T07:06:07.089_0200",
        "iso-8601|America/New_York|2026-07-04T05:06:07.089Z|zrepl_2026-07-04T01:06:07.089-0400",
        "iso-8601|Europe/Berlin|2024-05-14T21:16:23Z|zrepl_2024-05-14T23:16:23.000_0200",
        "iso-8601|Europe/London|2024-12-14T21:16:23Z|zrepl_2024-12-14T21:16:23.000Z",
        "iso-8601|Europe/London|2024-05-14T21:16:23Z|zrepl_2024-05-14T22:16:23.000_0100",
        "2006-01-02_15:04:05-07:00:00|Europe/Berlin|2024-05-14T21:16:23Z|zrepl_2024-05-14_23:16:23_02:00:00",
        "2006-01-02_15:04:05-07:00 -0700|Europe/Berlin|2024-05-14T21:16:23Z|zrepl_2024-05-14_23:16:23_02:00 _0200",
        "2006-01-02_15.04.05 MST|Asia/Tokyo|2026-07-04T05:06:07.089Z|zrepl_2026-07-04_14.06.07 JST",
        "2006-01-02_15.04 MST|EST|2026-07-04T05:06:07.089Z|zrepl_2026-07-04_00.06 EST",
      })
  void namesAreThePrefixAndTheTime(String format, String location, String time, String name)
      throws InvalidValueException {
    SnapshotNaming naming = SnapshotNaming.of("zrepl_", format, location);
    assertThat(naming.nameAt(Instant.parse(time))).isEqualTo(name);
    assertThat(naming.prefix()).isEqualTo("zrepl_");
  }

  @ParameterizedTest
  @CsvSource({
    "iso-8601, Local",
    "iso-8601, Europe/London",
    "iso-8601, Asia/Kathmandu",
    "2006, Etc/UTC",
    "15:04, Zulu",
  })
  void acceptsEveryLocationOfTheTimeZoneDatabase(String format, String location) {
    assertThatCode(() -> SnapshotNaming.of("p", format, location)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "dense, Europe/Berlin",
    "human, Europe/Berlin",
    "unix-seconds, Europe/Berlin",
    "dense, Etc/UTC",
    "dense, Local",
    "Human, GMT",
  })
  void formatsWithoutZoneNeedUtc(String format, String location) {
    assertThatThrownBy(() -> SnapshotNaming.of("p", format, location))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageEndingWith("format string requires UTC location");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"utc", "local", "Foo/Bar", "europe/berlin", "+01:00", "UTC+1", "GMT+1", "Z", " "})
  void rejectsUnknownLocations(String location) {
    assertThatThrownBy(() -> SnapshotNaming.of("p", "iso-8601", location))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("unknown time zone");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2006-01-02+15", "+"})
  void rejectsPlusInTheFormat(String format) {
    assertThatThrownBy(() -> SnapshotNaming.of("p", format, "UTC"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("\"+\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "foo", "isodate"})
  void knowsFormatsThatGiveAllSnapshotsTheSameName(String format) throws Exception {
    SnapshotNaming naming = SnapshotNaming.of("p", format, "UTC");
    assertThat(naming.dependsOnTime()).isFalse();
    assertThat(naming.nameAt(Instant.EPOCH)).isEqualTo("p" + format);
    assertThat(SnapshotNaming.of("p", "dense", "UTC").dependsOnTime()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "iso-8601, Europe/London, true",
    "iso-8601, Europe/Berlin, false",
    "iso-8601, UTC, false",
    "-0700, America/New_York, false",
    "-0700 -07, Asia/Tokyo, true"
  })
  void knowsNamesWithAVaryingNumberOfPlusSigns(String format, String location, boolean varying)
      throws Exception {
    assertThat(SnapshotNaming.of("p", format, location).hasVaryingOffsetSigns()).isEqualTo(varying);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "a@", "a+", "%", "ä", "a#"})
  void rejectsPrefixesThatZfsDoesNotAllowAndShowsTheName(String prefix) {
    assertThatThrownBy(() -> SnapshotNaming.of(prefix, "dense", "UTC"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining(prefix + "20200601_000000_000");
  }

  @Test
  void rejectsTheEmptyPrefix() {
    assertThatThrownBy(() -> SnapshotNaming.of("", "dense", "UTC"))
        .hasMessageContaining("must not be empty");
  }

  @Test
  void rejectsFormatsThatGiveInvalidNames() {
    assertThatThrownBy(() -> SnapshotNaming.of("p", "2006/01/02", "UTC"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("p2020/06/01");
  }

  @Test
  void namesAreAtMost255CharactersLong() throws InvalidValueException {
    assertThat(SnapshotNaming.of("a".repeat(236), "dense", "UTC").nameAt(Instant.EPOCH))
        .hasSize(255);
    assertThatThrownBy(() -> SnapshotNaming.of("a".repeat(237), "dense", "UTC"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("256 characters");
  }
}
