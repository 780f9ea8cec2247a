package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputRingTest {
  private static String kept(OutputRing ring) {
    return new String(ring.bytes(), StandardCharsets.US_ASCII);
  }

  private static void add(OutputRing ring, String text) {
    ring.add(text.getBytes(StandardCharsets.US_ASCII), text.length());
  }

  @Test
  void keepsEverythingUntilItIsFull() {
    OutputRing ring = new OutputRing(8);
    assertThat(kept(ring)).isEmpty();
    add(ring, "01");
    add(ring, "23");
    add(ring, "45");
    add(ring, "67");
    assertThat(kept(ring)).isEqualTo("01234567");
    add(ring, "8");
    assertThat(kept(ring)).isEqualTo("(...)678");
  }

  @Test
  void oneWriteThatIsTooLargeKeepsItsEnd() {
    OutputRing ring = new OutputRing(8);
    add(ring, "0123456789abcdef");
    assertThat(kept(ring)).isEqualTo("(...)def");
  }

  @Test
  void tooSmallIsRefused() {
    assertThatThrownBy(() -> new OutputRing(4)).hasMessageContaining("too few");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void isTheEndOfWhatWasWritten(long seed) {
    Random random = new Random(seed);
    OutputRing ring = new OutputRing(100_000);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      String piece = Character.toString('a' + i % 26).repeat(random.nextInt(9_000));
      add(ring, piece);
      all.append(piece);
      String expected =
          all.length() <= 100_000 ? all.toString() : "(...)" + all.substring(all.length() - 99_995);
      assertThat(kept(ring)).as("seed %d, after %d", seed, i).isEqualTo(expected);
    }
  }
}
