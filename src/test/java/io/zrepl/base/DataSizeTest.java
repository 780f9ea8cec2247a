package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataSizeTest {
  @ParameterizedTest
  @CsvSource({
    "23 bit, 23",
    "23bit, 23",
    "10MiB, 83886080",
    "10 MiB, 83886080",
    "10.5 Kib, 10752",
    "1 B, 8",
    "1 b, 1",
    "1 Kb, 1000",
    "1 Kib, 1024",
    "1 Mb, 1000000",
    "1 Gb, 1000000000",
    "1 Tb, 1000000000000",
    "1 Tib, 1099511627776",
    "1 TiB, 8796093022208",
    "-1 B, -8",
    "-5 MiB, -41943040",
    "0 B, 0",
    ".5 B, 4",
    "1. B, 8",
    "0.1 B, 0"
  })
  void sizeIsKeptInBits(String text, long bits) throws Exception {
    assertThat(DataSize.parse(text).bits()).isEqualTo(bits);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "-1",
        "B",
        "- B",
        "1 kB",
        "1 PiB",
        "1 K",
        "1 iB",
        "1 KiB/s",
        "1e6 B",
        " 1 B",
        "1 B ",
        "1.2.3 B",
        "1-2 B",
        "--1 B",
        ". B",
        "1.5 bit",
        "9999999 TiB",
        "1\u00a0B",
        "+1 B",
        "1 bits"
      })
  void anythingElseIsRejected(String text) {
    assertThatThrownBy(() -> DataSize.parse(text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("\"" + text + "\"");
  }

  @ParameterizedTest
  @CsvSource({
    "10 MiB, 10 MiB",
    "10 MB, 10000000 B",
    "1 Gb, 125000000 B",
    "12 b, 12 bit",
    "1024 MiB, 1 GiB",
    "-1 B, -1 B",
    "-2048 B, -2 KiB",
    "0 B, 0 B"
  })
  void isWrittenWithTheLargestUnitThatFits(String text, String written) throws Exception {
    DataSize size = DataSize.parse(text);
    assertThat(size.format()).isEqualTo(written);
    assertThat(DataSize.parse(written)).isEqualTo(size);
  }
}
