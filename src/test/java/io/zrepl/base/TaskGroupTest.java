package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TaskGroupTest {

  @Test
  void closingInterruptsTasksAndWaitsForThem() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    AtomicBoolean cleanedUp = new AtomicBoolean();
    TaskGroup group = new TaskGroup("test");
    group.fork(
        "sleeper",
        () -> {
          try {
            started.countDown();
            new CountDownLatch(1).await();
          } finally {
            cleanedUp.set(true);
          }
        });
    started.await();
    assertThat(group.running()).containsExactly("test sleeper");
    group.close();
    assertThat(cleanedUp).isTrue();
    assertThat(group.running()).isEmpty();
  }

  @Test
  void cancelledGroupStartsNothing() {
    TaskGroup group = new TaskGroup("test");
    group.cancel();
    AtomicBoolean ran = new AtomicBoolean();
    assertThat(group.fork("late", () -> ran.set(true))).isFalse();
    group.close();
    assertThat(ran).isFalse();
  }

  @Test
  void awaitReturnsWhenAllTasksEnded() throws InterruptedException {
    try (TaskGroup group = new TaskGroup("test")) {
      CountDownLatch both = new CountDownLatch(2);
      group.fork("a", both::countDown);
      group.fork("b", both::countDown);
      group.await();
      assertThat(both.getCount()).isZero();
    }
  }

  @Test
  void interruptedOwnerStillWaitsAndKeepsItsInterrupt() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    TaskGroup group = new TaskGroup("test");
    group.fork(
        "stubborn",
        () -> {
          started.countDown();
          try {
            new CountDownLatch(1).await();
          } finally {
            ended.set(true);
          }
        });
    started.await();
    Thread.currentThread().interrupt();
    group.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ended).isTrue();
  }

  @Test
  void taskCanBeInterruptedAloneAndAGroupNeedNotBeWaitedForForEver() throws InterruptedException {
    TaskGroup group = new TaskGroup("test");
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    TaskGroup.Started willing =
        group
            .start(
                "willing",
                () -> {
                  try {
                    never.await();
                  } finally {
                    interrupted.countDown();
                  }
                })
            .orElseThrow();
    group.fork("stubborn", () -> awaitWithoutInterrupt(release));
    willing.interrupt();
    interrupted.await();
    assertThat(group.cancelAndAwait(Duration.ofMillis(50))).contains("test stubborn");
    release.countDown();
    assertThat(group.cancelAndAwait(Duration.ofDays(1))).isEmpty();
    assertThat(group.start("late", never::await)).isEmpty();
  }

  private static void awaitWithoutInterrupt(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        // stubborn
      }
    }
  }
}
