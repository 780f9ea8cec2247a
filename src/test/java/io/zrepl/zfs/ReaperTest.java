package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.channels.Channels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReaperTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void childThatDoesNotDieIsKeptUntilItDoes() {
    UnkillableProcess process = new UnkillableProcess(42);
    Reaper reaper = new Reaper(InstantSource.fixed(NOW));
    List<OptionalInt> finished = new ArrayList<>();
    RunningCommand description =
        new RunningCommand(
            42, "zfs", List.of("zfs", "send"), Set.of("tank"), NOW, Optional.of("push"));
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      var surroundings =
          new Child.Surroundings(
              Duration.ofMillis(20),
              Duration.ofMillis(20),
              threads,
              reaper,
              (child, status) -> finished.add(status));
      Drain errors =
          Drain.start(
              threads, Channels.newChannel(process.getErrorStream()), Capture.headAndTail(100));
      Child child =
          new Child(
              process,
              description,
              errors,
              null,
              Channels.newChannel(process.getInputStream()),
              null,
              surroundings);

      child.close();
      child.close();

      assertThat(process.kills).hasValue(2);
      assertThat(reaper.stuck()).containsExactly(new StuckProcess(description, NOW));
      assertThat(finished).containsExactly(OptionalInt.empty());

      process.ended.complete(process);

      await().atMost(Duration.ofSeconds(30)).until(() -> reaper.stuck().isEmpty());
      child.close();
      assertThat(finished).hasSize(1);
    }
  }
}
