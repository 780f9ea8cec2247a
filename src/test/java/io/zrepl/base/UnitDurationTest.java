package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitDurationTest {

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "10m,600",
        "' 10 m ',600",
        "+10m,600",
        "1d,86400",
        "2w,1209600",
        "1s,1",
        "3h,10800",
        "0,0",
        "0s,0",
        "-5m,-300",
        "'\t007\ts\n',7",
        "15250w,9223200000",
      })
  void parsesOneIntegerAndOneUnit(String text, long seconds) throws InvalidValueException {
    assertThat(UnitDuration.parse(text)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "s",
        "10",
        "-1",
        "1.5h",
        "1h30m",
        "10M",
        "100ms",
        "1y",
        "1 0 s",
        "٣s",
        "0x10s",
        "9999999999999999999s",
        "200000w",
        "15251w",
        "-15251w",
        "9223372036854775807w"
      })
  void rejectsEverythingElse(String text) {
    assertThatThrownBy(() -> UnitDuration.parse(text)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> UnitDuration.parse("10")).hasMessageContaining("has no unit");
    assertThatThrownBy(() -> UnitDuration.parse("200000w")).hasMessageContaining("out of range");
    assertThatThrownBy(() -> UnitDuration.parse("1h30m")).hasMessageContaining("not a duration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0s", "-5m"})
  void positiveMeansMoreThanZero(String text) {
    assertThatThrownBy(() -> UnitDuration.parsePositive(text)).hasMessageContaining("positive");
  }

  @ParameterizedTest
  @CsvSource({"1209600,2w", "86400,1d", "90000,25h", "5400,90m", "61,61s", "0,0s", "-300,-5m"})
  void formatsWithTheLargestUnitWithoutRest(long seconds, String text) {
    assertThat(UnitDuration.format(Duration.ofSeconds(seconds))).isEqualTo(text);
  }
}
