package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zrepl.base.TaskGroup;
import io.zrepl.job.RunLoop.Outcome;
import io.zrepl.model.JobId;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.helpers.NOPLogger;

/** The rows of the table of {@link RunLoop}. */
@Timeout(60)
class RunLoopTest {
  private static final RetryDelay SOON = new RetryDelay(Duration.ofMillis(1), Duration.ofMillis(1));
  private static final RetryDelay NEVER = new RetryDelay(Duration.ofDays(1), Duration.ofDays(1));

  private static final String TRIED_AGAIN =
      "the last run failed in something that may pass; it is being tried again";

  private final TaskGroup threads = new TaskGroup("test");
  private final List<Boolean> owed = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void end() {
    threads.close();
  }

  private RunLoop start(RetryDelay delay, RunLoop.Body body) throws Exception {
    RunLoop loop =
        new RunLoop(
            JobId.parse("job"), "the last run", Clock.systemUTC(), delay, NOPLogger.NOP_LOGGER);
    threads.fork(
        "loop",
        () ->
            loop.run(owes -> {
              owed.add(owes);
              return body.run(owes);
            }));
    return loop;
  }

  @Test
  void runsOnceForAnyNumberOfWakeups() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    RunLoop loop =
        start(
            NEVER,
            _ -> {
              goOn.await();
              return Outcome.FAILED;
            });
    loop.raise();
    await().until(() -> owed.size() == 1);
    loop.raise();
    loop.raise();
    goOn.countDown();
    await().until(() -> owed.size() == 2);
    assertThat(loop.retryAt()).isEmpty();
  }

  @Test
  void failureThatMayPassIsMadeUpForByTheNextRun() throws Exception {
    RunLoop loop = start(SOON, owes -> owes ? Outcome.DONE : Outcome.FAILED_MAY_PASS);
    loop.raise();
    await().until(() -> owed.equals(List.of(false, true)));
    await().until(() -> loop.retryAt().isEmpty());
  }

  /** Without being run again by itself, since a defect seldom passes so soon, but not for ever. */
  @Test
  void faultOfTheProgramIsToldAndTriedAgain() throws Exception {
    RunLoop loop =
        start(
            SOON,
            owes -> {
              if (!owes) {
                throw new IllegalStateException("a fault");
              }
              new CountDownLatch(1).await();
              return Outcome.DONE;
            });
    loop.raise();
    await().until(() -> owed.equals(List.of(false, true)));
    assertThat(loop.problem()).as("the next run has begun").contains(TRIED_AGAIN);
  }

  @Test
  void faultOnTheThreadThatAResetInterruptsIsToldToo() throws Exception {
    RunLoop[] self = new RunLoop[1];
    self[0] =
        start(
            NEVER,
            _ -> {
              self[0].resettable(
                  "run",
                  () -> {
                    throw new AssertionError("a fault");
                  });
              return Outcome.DONE;
            });
    self[0].raise();
    await().until(() -> self[0].retryAt().isPresent());
    assertThat(self[0].problem())
        .contains(
            "the last run ended by a fault of the program: java.lang.AssertionError: a fault");
  }

  @Test
  void resetOfAWaitEndsWhatIsOwed() throws Exception {
    RunLoop loop = start(NEVER, _ -> owed.size() == 1 ? Outcome.FAILED_MAY_PASS : Outcome.DONE);
    loop.raise();
    await().until(() -> loop.retryAt().isPresent());
    loop.reset();
    await().until(() -> loop.retryAt().isEmpty());
    assertThat(owed).hasSize(1);
    loop.raise();
    await().until(() -> owed.equals(List.of(false, false)));
  }

  @Test
  void resetInterruptsWhatRunsAndIsRefusedIfNothingDoes() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    RunLoop[] self = new RunLoop[1];
    self[0] =
        start(
            NEVER,
            _ -> {
              self[0].resettable(
                  "run",
                  () -> {
                    running.countDown();
                    try {
                      new CountDownLatch(1).await();
                    } finally {
                      interrupted.countDown();
                    }
                  });
              return Outcome.RESET;
            });
    assertThatThrownBy(self[0]::reset)
        .isInstanceOf(SignalRefusedException.class)
        .hasMessageContaining("is idle");
    self[0].raise();
    running.await();
    self[0].reset();
    interrupted.await();
  }
}
