package io.zrepl.rpc.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What peers say can be shown. */
class PeerTextTest {
  @ParameterizedTest
  @CsvSource({
    "'a\nb\r\nc', a; b; c",
    "'a\u001b[31mb', a?[31mb",
    "'a\u009b31mb', a?31mb", // a C1 control: the same for many terminals
    "'a\u007f\u0001b', a??b",
    "'a\u202eb\u200f', a?b?", // what turns the direction around
    "'a\u2028b', a; b",
    "'p/ä \u65e5', p/ä \u65e5"
  })
  void controlCharactersAreReplaced(String said, String shown) {
    assertThat(PeerText.clean(said)).isEqualTo(shown);
    assertThat(PeerText.of(said.getBytes(StandardCharsets.UTF_8))).isEqualTo(shown);
  }

  @Test
  void longTextsAreCut() {
    assertThat(PeerText.clean("x".repeat(1_000_000))).hasSize(8192);
  }
}
