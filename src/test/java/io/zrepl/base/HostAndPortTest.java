package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostAndPortTest {
  @ParameterizedTest
  @CsvSource({
    "h:1, h, 1, true",
    "':1', '', 1, true",
    "'h:', h, '', false",
    "h:foo, h, foo, false",
    "'[::1]:5', ::1, 5, true",
    "'[fe80::1%eth0]:5', fe80::1%eth0, 5, true",
    "h:65536, h, 65536, false"
  })
  void isHostAndPort(String text, String host, String port, boolean numeric) throws Exception {
    HostAndPort address = HostAndPort.parse(text);
    assertThat(address).isEqualTo(new HostAndPort(host, port)).hasToString(text);
    assertThat(address.hasNumericPort()).isEqualTo(numeric);
  }

  @ParameterizedTest
  @CsvSource({
    "h, the port is missing",
    "'', the port is missing",
    "::1:5, too many colons",
    "'[::1]', the port is missing",
    "'[::1]x:5', after",
    "'[::1', not closed",
    "'h]:5', brackets"
  })
  void otherTextsAreRejected(String text, String message) {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> HostAndPort.parse(text))
        .withMessageContaining(message);
  }
}
