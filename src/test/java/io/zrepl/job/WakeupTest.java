package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WakeupTest {

  @Test
  void isRememberedUntilTheJobLooks() throws InterruptedException {
    Wakeup wakeup = new Wakeup();
    wakeup.raise();
    wakeup.await();
    assertThat(wakeup.await(Duration.ZERO)).isEqualTo(Wakeup.End.TIME_OVER);
  }

  @Test
  void severalRaisesMakeOneRun() throws InterruptedException {
    Wakeup wakeup = new Wakeup();
    wakeup.raise();
    wakeup.raise();
    assertThat(wakeup.await(Duration.ZERO)).isEqualTo(Wakeup.End.RAISED);
    assertThat(wakeup.await(Duration.ZERO)).isEqualTo(Wakeup.End.TIME_OVER);
  }

  @Test
  void waitsForARaiseFromAnotherThread() throws InterruptedException {
    Wakeup wakeup = new Wakeup();
    Thread.ofVirtual().start(wakeup::raise);
    wakeup.await();
  }

  @Test
  void cancellationJustBeforeTheWaitIsNotLost() throws InterruptedException {
    Wakeup wakeup = new Wakeup();
    wakeup.cancelWait();
    assertThat(wakeup.await(Duration.ofHours(1))).isEqualTo(Wakeup.End.CANCELLED);
    assertThat(wakeup.takeCancellation()).isTrue();
    assertThat(wakeup.takeCancellation()).isFalse();
  }

  @Test
  void raiseCountsMoreThanACancellation() throws InterruptedException {
    Wakeup wakeup = new Wakeup();
    wakeup.cancelWait();
    wakeup.raise();
    assertThat(wakeup.await(Duration.ofHours(1))).isEqualTo(Wakeup.End.RAISED);
  }

  @Test
  void retryDelayDoublesUpToTheLongest() {
    assertThat(IntStream.of(1, 2, 3, 6, 7, 100).mapToObj(RetryDelay.DEFAULT::after))
        .containsExactly(
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(40),
            Duration.ofSeconds(320),
            Duration.ofMinutes(10),
            Duration.ofMinutes(10));
  }
}
