package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {

  @ParameterizedTest(name = "after {0} failures about {1} s")
  @CsvSource({"1, 10", "2, 20", "3, 40", "5, 160", "6, 300", "60, 300", "2000000, 300"})
  void waitDoublesUpToTheMaximumAndVariesByAQuarter(int failures, long seconds) {
    Random random = new Random(7);
    Duration shortest = Duration.ofDays(1);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 1000; i++) {
      Duration delay = RetryPolicy.DEFAULT.delay(failures, random);
      shortest = delay.compareTo(shortest) < 0 ? delay : shortest;
      longest = delay.compareTo(longest) > 0 ? delay : longest;
    }
    assertThat(shortest)
        .isBetween(Duration.ofMillis(750 * seconds), Duration.ofMillis(800 * seconds));
    assertThat(longest)
        .isBetween(Duration.ofMillis(1200 * seconds), Duration.ofMillis(1250 * seconds));
  }

  @Test
  void countsTries() {
    assertThat(RetryPolicy.DEFAULT.triesAgainAfter(1)).isTrue();
    assertThat(RetryPolicy.DEFAULT.triesAgainAfter(2)).isTrue();
    assertThat(RetryPolicy.DEFAULT.triesAgainAfter(3)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryPolicy(0, Duration.ZERO, Duration.ZERO));
  }
}
