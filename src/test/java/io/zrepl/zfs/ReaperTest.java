package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReaperTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  /** As one that sleeps uninterruptibly: dies when the test says so, not when killed. */
  private static final class UnkillableProcess extends Process {
    final CompletableFuture<Process> ended = new CompletableFuture<>();
    int kills;

    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public int waitFor() throws InterruptedException {
      throw new AssertionError("would wait for ever");
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
      try {
        ended.get(timeout, unit);
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (java.util.concurrent.ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public int exitValue() {
      if (!ended.isDone()) {
        throw new IllegalThreadStateException();
      }
      return 137;
    }

    @Override
    public boolean isAlive() {
      return !ended.isDone();
    }

    @Override
    public void destroy() {
      kills++;
    }

    @Override
    public Process destroyForcibly() {
      kills++;
      return this;
    }

    @Override
    public Stream<ProcessHandle> descendants() {
      return Stream.empty();
    }

    @Override
    public CompletableFuture<Process> onExit() {
      return ended.copy();
    }
  }

  @Test
  void childThatDoesNotDieIsKeptUntilItDoes() {
    UnkillableProcess process = new UnkillableProcess();
    Reaper reaper = new Reaper(InstantSource.fixed(NOW));
    List<OptionalInt> finished = new ArrayList<>();
    RunningCommand description =
        new RunningCommand(42, "zfs", List.of("zfs", "send"), NOW, Optional.of("push"));
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

      assertThat(process.kills).isEqualTo(2);
      assertThat(reaper.stuck()).containsExactly(new StuckProcess(description, NOW));
      assertThat(finished).containsExactly(OptionalInt.empty());

      process.ended.complete(process);

      await().atMost(Duration.ofSeconds(30)).until(() -> reaper.stuck().isEmpty());
      child.close();
      assertThat(finished).hasSize(1);
    }
  }
}
