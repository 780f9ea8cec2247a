package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class StepQueueTest {
  private final StepQueue<String> queue = new StepQueue<>(1);

  @Test
  void oldestDateGoesFirstAmongThoseThatWait() {
    queue.add("1", 0, Instant.ofEpochSecond(9999));
    assertThat(queue.admit()).contains("1");
    queue.add("4", 0, Instant.ofEpochSecond(4));
    queue.add("2", 0, Instant.ofEpochSecond(2));
    queue.add("3", 0, Instant.ofEpochSecond(3));
    assertThat(queue.admit()).as("the slot is taken").isEmpty();
    for (String expected : new String[] {"2", "3", "4"}) {
      queue.release();
      assertThat(queue.admit()).contains(expected);
    }
    queue.release();
    assertThat(queue.admit()).isEmpty();
  }

  @Test
  void equalDatesGoInOrderOfArrival() {
    for (String item : new String[] {"c", "a", "b"}) {
      queue.add(item, 0, Instant.EPOCH);
    }
    for (String expected : new String[] {"c", "a", "b"}) {
      assertThat(queue.admit()).contains(expected);
      queue.release();
    }
  }

  @Test
  void thoseThatFailedLessGoFirst() {
    queue.add("failed twice", 2, Instant.ofEpochSecond(1));
    queue.add("failed once", 1, Instant.ofEpochSecond(2));
    queue.add("ready", 0, Instant.ofEpochSecond(3));
    for (String expected : new String[] {"ready", "failed once", "failed twice"}) {
      assertThat(queue.admit()).contains(expected);
      queue.release();
    }
  }

  @Test
  void whatIsRemovedIsNotAdmitted() {
    queue.add("a", 0, Instant.ofEpochSecond(1));
    queue.add("b", 0, Instant.ofEpochSecond(2));
    queue.removeIf(item -> item.equals("a"));
    assertThat(queue.admit()).contains("b");
  }

  @Test
  void needsASlot() {
    assertThatIllegalArgumentException().isThrownBy(() -> new StepQueue<String>(0));
  }
}
