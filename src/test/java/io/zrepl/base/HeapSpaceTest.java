package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeapSpaceTest {
  private final AtomicLong used = new AtomicLong();
  private long usedAfterCollection;
  private int collections;
  private final HeapSpace heap =
      new HeapSpace(
          1000,
          used::get,
          () -> {
            collections++;
            used.set(usedAfterCollection);
          });

  @Test
  void withRoomIsNotScarceAndCollectsNothing() {
    used.set(849);
    assertThat(heap.isScarce()).isFalse();
    assertThat(collections).isZero();
  }

  @Test
  void garbageIsCollectedBeforeAnybodyIsRefused() {
    used.set(900);
    usedAfterCollection = 740;
    assertThat(heap.isScarce()).isFalse();
    assertThat(collections).isOne();
  }

  @Test
  void whatIsLeftAfterCollectionCounts() {
    used.set(900);
    usedAfterCollection = 750;
    assertThat(heap.isScarce()).isTrue();
  }
}
