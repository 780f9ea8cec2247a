package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CaptureTest {

  private static void add(Capture capture, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    capture.add(bytes, bytes.length);
  }

  @Test
  void keepsEverythingUpToTheLimit() {
    Capture capture = Capture.headAndTail(4);
    add(capture, "abcd");
    assertThat(capture.text()).isEqualTo("abcd");
    add(capture, "ef");
    add(capture, "gh");
    assertThat(capture.text()).isEqualTo("abcdefgh");
  }

  @Test
  void beyondTheLimitKeepsBothEnds() {
    Capture capture = Capture.headAndTail(4);
    add(capture, "0123456789");
    add(capture, "ABCDE");
    assertThat(capture.text()).isEqualTo("0123\n(7 bytes left out)\nBCDE");
  }

  @Test
  void oneLargeWriteKeepsBothEnds() {
    Capture capture = Capture.headAndTail(2);
    add(capture, "a".repeat(50) + "xyz");
    assertThat(capture.text()).isEqualTo("aa\n(49 bytes left out)\nyz");
  }

  @Test
  void characterOnTheBorderSurvives() {
    Capture capture = Capture.headAndTail(3);
    add(capture, "abéc");
    assertThat(capture.text()).isEqualTo("abéc");
  }

  @Test
  void needsALimit() {
    assertThatThrownBy(() -> Capture.headAndTail(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be positive");
  }

  @Test
  void everythingIsEverything() {
    Capture capture = Capture.everything();
    for (int i = 0; i < 1000; i++) {
      add(capture, "0123456789");
    }
    assertThat(capture.text()).hasSize(10_000);
  }
}
