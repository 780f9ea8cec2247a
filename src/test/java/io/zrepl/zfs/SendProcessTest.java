package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SendProcessTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder = Path.of("");

  private static SendArguments arguments() {
    return new SendArguments(
        DatasetPath.of("tank/a"),
        Optional.empty(),
        new Snapshot("x", new Guid(1), new CreateTxg(1), Instant.EPOCH),
        SendFlags.NONE,
        Optional.empty());
  }

  private static long readAll(SendProcess send) throws OperationException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(512 * 1024);
    long total = 0;
    int count;
    while ((count = send.read(buffer.clear())) >= 0) {
      total += count;
    }
    return total;
  }

  private static <T> FutureTask<T> start(boolean virtual, Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    if (virtual) {
      Thread.startVirtualThread(future);
    } else {
      Thread.ofPlatform().daemon().start(future);
    }
    return future;
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void readsToTheConfirmedEnd(boolean nativePipes, boolean virtual) throws Exception {
    String body = "echo \"$@\" > \"$0.args\"; head -c 5000000 /dev/zero\n";
    var settings = RunnerSettings.DEFAULT.withNativePipes(nativePipes);
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE);
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      assertThat(start(virtual, () -> readAll(send)).get()).isEqualTo(5_000_000);
      assertThat(send.read(ByteBuffer.allocateDirect(10))).isEqualTo(-1);
      assertThat(Files.readString(folder.resolve("zfs.args"))).isEqualTo("send tank/a@x\n");
    }
  }

  @Test
  void failedSendIsNoEndOfStream() throws Exception {
    String body =
        "head -c 100000 /dev/zero; echo \"cannot send 'tank/a@x': I/O error\" >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body);
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      assertThatThrownBy(() -> readAll(send))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> assertThat(e.problem()).isEqualTo(ZfsProblem.INPUT_OUTPUT_ERROR))
          .hasMessage("cannot send tank/a@x: cannot send 'tank/a@x': I/O error");
    }
  }

  @Test
  void killedSendIsTemporaryFailure() throws Exception {
    try (var runner = FakePrograms.runner(folder, "echo begin; kill -9 $$\n");
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      assertThatThrownBy(() -> readAll(send))
          .isInstanceOfSatisfying(ZfsException.class, e -> assertThat(e.temporary()).isTrue())
          .hasMessageContaining("killed by signal 9");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closeEndsASendThatIsBlockedInWriting(boolean nativePipes) throws Exception {
    String body = "echo $$ > \"$0.pid\"; exec cat /dev/zero\n";
    var settings = RunnerSettings.DEFAULT.withNativePipes(nativePipes);
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE)) {
      SendProcess send = new ZfsCommands(runner).send(arguments());
      // it has surely begun to write when the first bytes are there
      assertThat(send.read(ByteBuffer.allocateDirect(1000))).isPositive();
      long pid = runner.running().getFirst().pid();
      send.close();
      assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
      assertThat(runner.running()).isEmpty();
      assertThat(runner.stuck()).isEmpty();
      send.close();
      assertThatThrownBy(() -> send.read(ByteBuffer.allocateDirect(10)))
          .isInstanceOf(ZfsException.class)
          .hasMessageContaining("aborted");
    }
  }

  @Test
  void closeBeforeTheEndAndTwiceIsFine() throws Exception {
    try (var runner = FakePrograms.runner(folder, "exec sleep 1000\n")) {
      SendProcess send = new ZfsCommands(runner).send(arguments());
      send.close();
      send.close();
      assertThat(runner.running()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void abortEndsABlockedRead(boolean nativePipes, boolean virtual) throws Exception {
    String body = "echo first; exec sleep 1000\n";
    var settings = RunnerSettings.DEFAULT.withNativePipes(nativePipes);
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE);
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      assertThat(send.read(ByteBuffer.allocateDirect(100))).isEqualTo(6);
      FutureTask<Long> reading = start(virtual, () -> readAll(send));
      send.abort();
      send.abort();
      assertThatThrownBy(reading::get)
          .hasCauseInstanceOf(ZfsException.class)
          .hasMessageContaining("aborted");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void interruptEndsABlockedRead(boolean virtual) throws Exception {
    try (var runner = FakePrograms.runner(folder, "echo first; exec sleep 1000\n");
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      assertThat(send.read(ByteBuffer.allocateDirect(100))).isEqualTo(6);
      FutureTask<Long> reading = new FutureTask<>(() -> readAll(send));
      Thread thread =
          virtual
              ? Thread.startVirtualThread(reading)
              : Thread.ofPlatform().daemon().start(reading);
      thread.interrupt();
      assertThatThrownBy(reading::get).hasCauseInstanceOf(ZfsException.class);
    }
  }

  @Test
  void endlessErrorsAreBounded() throws Exception {
    String body =
        "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo data; echo last words >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body);
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      assertThatThrownBy(() -> readAll(send))
          .isInstanceOfSatisfying(
              ZfsException.class, e -> assertThat(e.message()).hasSizeLessThan(17_000))
          .hasMessageContaining("last words");
    }
  }

  @Test
  void exitIsReportedWithoutClose() throws Exception {
    try (var runner = FakePrograms.runner(folder, "exit 0\n");
        SendProcess send = new ZfsCommands(runner).send(arguments())) {
      await().atMost(LIMIT).until(() -> runner.running().isEmpty());
      assertThat(readAll(send)).isZero();
    }
  }
}
