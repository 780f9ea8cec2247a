package io.zrepl.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.cli.status.Key.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of keys. ^ stands for escape. */
class KeyReaderTest {
  @ParameterizedTest
  @CsvSource({
    "1b, true",
    "1b5b, true",
    "1b4f, true",
    "1b5b35, true",
    "6a1b5b31, true",
    "1b5b357e, false",
    "1b5b41, false",
    "1b5b416a, false",
    "1b6a, false",
    "6a, false",
    "'', false"
  })
  void keyThatIsNotCompleteIsWaitedFor(String hexadecimal, boolean incomplete) {
    byte[] bytes = HexFormat.of().parseHex(hexadecimal);
    assertThat(KeyReader.isIncomplete(bytes, bytes.length)).isEqualTo(incomplete);
  }

  @ParameterizedTest
  @CsvSource({
    "^[A, UP", "^OB, DOWN", "^[C, RIGHT", "^[D, LEFT", "^[5~, PAGE_UP", "^[6~, PAGE_DOWN",
    "^[H, HOME", "^[4~, END", "^[Z, TAB", "^, ESCAPE", "^[A^[B, UP DOWN", "^[99~x, CHARACTER",
    "^[1;5A, ''", "^[, ESCAPE CHARACTER", "^[1, ''"
  })
  void areTheKeys(String bytes, String kinds) {
    byte[] read = bytes.replace('^', '\u001b').getBytes(StandardCharsets.ISO_8859_1);
    assertThat(
            KeyReader.keys(read, read.length).stream()
                .map(key -> key.kind().name())
                .collect(Collectors.joining(" ")))
        .isEqualTo(kinds);
  }

  @ParameterizedTest
  @CsvSource({"3, INTERRUPT", "26, SUSPEND", "12, REDRAW", "13, ENTER", "127, BACKSPACE", "9, TAB"})
  void areTheControlKeys(int value, Kind kind) {
    assertThat(KeyReader.keys(new byte[] {(byte) value}, 1)).isEqualTo(List.of(Key.of(kind)));
  }
}
