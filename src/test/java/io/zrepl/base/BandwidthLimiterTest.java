package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BandwidthLimiterTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Waiting lets time pass at once, and a bit more than asked for. */
  private long now = 42;

  private long overslept;

  private BandwidthLimiter limiter(long rate, long capacity) {
    return BandwidthLimiter.of(
        new BandwidthLimit(rate, capacity),
        () -> now,
        (ended, nanos) -> {
          if (ended.getCount() == 0) {
            return true;
          }
          now += nanos + overslept;
          return false;
        });
  }

  @Test
  void fullBucketPassesAtOnce() throws Exception {
    BandwidthLimiter.Lane lane = limiter(10, 1000).newLane();

    assertThat(lane.pay(600)).isTrue();
    assertThat(lane.pay(400)).isTrue();
    assertThat(now).isEqualTo(42);

    assertThat(lane.pay(20)).isTrue();
    assertThat(now - 42).isEqualTo(2 * SECOND);
  }

  @Test
  void pauseFillsTheBucketUpToItsCapacity() throws Exception {
    BandwidthLimiter.Lane lane = limiter(10, 50).newLane();
    lane.pay(50);
    now += 1000 * SECOND;
    long before = now;

    lane.pay(50);
    assertThat(now).isEqualTo(before);
    lane.pay(10);
    assertThat(now - before).isEqualTo(SECOND);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "100, 131072", "1000000, 1024", "41943040, 131072", "10000000000, 131072"})
  void streamsTogetherKeepTheRate(long rate, long capacity) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    BandwidthLimiter limiter = limiter(rate, capacity);
    BandwidthLimiter.Lane[] lanes = {limiter.newLane(), limiter.newLane(), limiter.newLane()};
    long start = now;
    long paid = 0;
    for (int i = 0; i < 20_000; i++) {
      BandwidthLimiter.Lane lane = lanes[random.nextInt(lanes.length)];
      long bytes = 1 + random.nextLong(Math.min(lane.portion(), 512 * 1024));
      assertThat(lane.pay(bytes)).isTrue();
      paid += bytes;
      double seconds = (now - start) / 1e9;
      assertThat((double) paid)
          .as("seed %d after %f s", seed, seconds)
          .isLessThanOrEqualTo(capacity + rate * seconds + 1);
    }
    double seconds = (now - start) / 1e9;
    if (paid > 100 * capacity) {
      assertThat(paid / seconds).as("seed %d", seed).isCloseTo((double) rate, within(rate * 0.02));
    }
  }

  @Test
  void oversleepingIsMadeUpFor() throws Exception {
    overslept = SECOND / 20_000;
    BandwidthLimiter.Lane lane = limiter(40 << 20, 128 << 10).newLane();
    long start = now;
    long paid = 0;
    for (int i = 0; i < 10_000; i++) {
      lane.pay(100_000);
      paid += 100_000;
    }
    double rate = paid / ((now - start) / 1e9);
    assertThat(rate).isCloseTo(40 << 20, within((40 << 20) * 0.01));
  }

  @Test
  void endedLaneDoesNotWait() throws Exception {
    BandwidthLimiter limiter = limiter(1, 1);
    BandwidthLimiter.Lane lane = limiter.newLane();
    BandwidthLimiter.Lane other = limiter.newLane();
    lane.end();
    lane.end();

    assertThat(lane.pay(1)).isFalse();
    assertThat(lane.pay(1_000_000)).isFalse();
    assertThat(now).isEqualTo(42);
    assertThat(other.pay(1)).as("others go on").isTrue();
  }

  @Test
  void waitEndsAtOnceWhenTheLaneIsEnded() throws Exception {
    BandwidthLimiter limiter = BandwidthLimiter.of(Optional.of(new BandwidthLimit(1, 1)));
    BandwidthLimiter.Lane lane = limiter.newLane();
    CountDownLatch done = new CountDownLatch(1);
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (!lane.pay(1_000_000_000)) {
                  done.countDown();
                }
              } catch (InterruptedException e) {
                // the latch stays closed
              }
            });
    lane.end();
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    thread.join();
  }

  @Test
  void waitEndsWithAnInterrupt() {
    BandwidthLimiter.Lane lane =
        BandwidthLimiter.of(Optional.of(new BandwidthLimit(1, 1))).newLane();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> lane.pay(1_000_000)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void withoutLimitNothingWaits() throws Exception {
    BandwidthLimiter.Lane lane = BandwidthLimiter.unlimited().newLane();
    assertThat(BandwidthLimiter.unlimited().isLimited()).isFalse();
    assertThat(lane.portion()).isEqualTo(Integer.MAX_VALUE);
    assertThat(lane.pay(Long.MAX_VALUE)).isTrue();
    assertThat(lane.pay(Long.MAX_VALUE)).isTrue();
  }

  @Test
  void slowStreamsPayInSmallPortions() {
    assertThat(limiter(1, 131072).newLane().portion()).isEqualTo(1);
    assertThat(limiter(1000, 131072).newLane().portion()).isEqualTo(100);
  }
}
