package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.zrepl.base.StallWatch.Findings;
import io.zrepl.base.StallWatch.Stall;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StallWatchTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final StallWatch<String> watch =
      new StallWatch<>(Duration.ofMinutes(10), Duration.ofMinutes(2));

  private static Instant at(int minute) {
    return START.plus(Duration.ofMinutes(minute));
  }

  private Findings<String> look(int minute, Map<String, Long> marks) {
    return watch.look(marks, at(minute));
  }

  @Test
  void workThatMovesIsLeftAlone() {
    watch.begin("a", at(0));
    for (int minute = 5; minute < 100; minute += 9) {
      assertThat(look(minute, Map.of("a", (long) minute)).stalled()).isEmpty();
    }
  }

  @Test
  void workWithoutProgressForTheLimitIsToldOnceAndWithItsTime() {
    watch.begin("a", at(0));
    watch.begin("b", at(1));
    assertThat(look(4, Map.of("a", 7L)).stalled()).isEmpty();
    assertThat(look(10, Map.of("a", 7L)).stalled()).isEmpty();
    assertThat(look(11, Map.of("a", 7L)).stalled())
        .containsExactly(new Stall<>("b", Duration.ofMinutes(10)));
    assertThat(look(12, Map.of("a", 7L)).stalled()).isEmpty();
    assertThat(look(14, Map.of("a", 7L)).stalled())
        .containsExactly(new Stall<>("a", Duration.ofMinutes(10)));
  }

  @Test
  void cancelledWorkThatDoesNotEndIsLostAfterTheGrace() {
    watch.begin("stalled", at(0));
    watch.begin("unwanted", at(0));
    watch.cancelled("unwanted", at(5));
    assertThat(look(6, Map.of()).lost()).isEmpty();
    assertThat(look(7, Map.of()).lost()).extracting(Stall::work).containsExactly("unwanted");
    assertThat(look(10, Map.of()).stalled()).extracting(Stall::work).containsExactly("stalled");
    assertThat(look(11, Map.of()).lost()).isEmpty();
    assertThat(look(12, Map.of()).lost()).extracting(Stall::work).containsExactly("stalled");
    assertThat(watch.end("stalled")).as("nobody waits for it any more").isFalse();
    assertThat(watch.nextLook()).isEmpty();
  }

  @Test
  void looksAreDueOnlyWhileSomethingIsWatched() {
    assertThat(watch.nextLook()).isEmpty();
    watch.begin("a", at(0));
    assertThat(watch.nextLook()).contains(at(1));
    look(1, Map.of());
    assertThat(watch.nextLook()).contains(at(2));
    assertThat(watch.end("a")).isTrue();
    assertThat(watch.nextLook()).isEmpty();
  }

  @Test
  void sameWorkCannotBeginTwice() {
    watch.begin("a", at(0));
    assertThatIllegalStateException().isThrownBy(() -> watch.begin("a", at(1)));
  }

  @Test
  void markBelongsToTheWorkThatTheThreadDoes() {
    ProgressMark mark = new ProgressMark();
    ProgressMark.current().advance();
    assertThat(mark.value()).isZero();
    String result =
        mark.during(() -> {
          ProgressMark.current().advance();
          return "done";
        });
    assertThat(result).isEqualTo("done");
    assertThat(mark.value()).isEqualTo(1);
  }
}
