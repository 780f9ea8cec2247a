package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(90)
class ReceiveTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder = Path.of("");

  private static ReceiveArguments arguments() throws InvalidValueException {
    return new ReceiveArguments(
        SnapshotPath.of(DatasetPath.of("tank/b"), "x"), false, true, List.of(), Map.of());
  }

  /** Gives so many bytes, then ends, fails or hangs until it is aborted. */
  private static final class Source implements StreamSource {
    enum End {
      COMPLETE,
      FAILURE,
      SILENCE
    }

    private final End end;
    private long left;
    final CountDownLatch aborted = new CountDownLatch(1);
    final CountDownLatch drained = new CountDownLatch(1);

    Source(long bytes, End end) {
      this.left = bytes;
      this.end = end;
    }

    @Override
    public int read(ByteBuffer buffer) throws OperationException {
      if (aborted.getCount() == 0) {
        throw OperationException.permanent("aborted");
      }
      if (left > 0) {
        int count = (int) Math.min(left, buffer.remaining());
        buffer.position(buffer.position() + count);
        left -= count;
        return count;
      }
      drained.countDown();
      return switch (end) {
        case COMPLETE -> -1;
        case FAILURE ->
            throw new OperationException(
                FailureScope.PEER, true, "connection reset", "look at the network", null);
        case SILENCE -> {
          try {
            aborted.await();
          } catch (InterruptedException e) {
            throw OperationException.permanent("interrupted");
          }
          throw OperationException.permanent("aborted");
        }
      };
    }

    @Override
    public void abort() {
      aborted.countDown();
    }
  }

  private static void receive(ProcessCommandRunner runner, Source source) throws Exception {
    new ZfsCommands(runner).receive(arguments(), source);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesTheWholeStreamToTheProcess(boolean nativePipes) throws Exception {
    String body = "echo \"$@\" > \"$0.args\"; wc -c > \"$0.size\"; echo noise; echo noise >&2\n";
    var settings = RunnerSettings.DEFAULT.withNativePipes(nativePipes);
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE)) {
      receive(runner, new Source(7_000_001, Source.End.COMPLETE));
      assertThat(Files.readString(folder.resolve("zfs.size")).strip()).isEqualTo("7000001");
      assertThat(Files.readString(folder.resolve("zfs.args"))).isEqualTo("recv -s tank/b@x\n");
      assertThat(runner.running()).isEmpty();
    }
  }

  @Test
  void propertyThatWasNotSetIsAFailureAlthoughTheStatusIsZero() throws Exception {
    String body =
        "cat >/dev/null; echo 'cannot receive readonly property on tank/b: permission denied' >&2\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, new Source(10, Source.End.COMPLETE)))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> assertThat(e.problem()).isEqualTo(ZfsProblem.PROPERTY_NOT_RECEIVED));
    }
  }

  /** Whoever looks finds the snapshot, and would take all for done. */
  @Test
  void propertyThatWasNotSetCountsMoreThanAStreamThatBreaksAtItsVeryEnd() throws Exception {
    String body =
        "cat >/dev/null; echo 'cannot receive readonly property on tank/b: permission denied' >&2\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, new Source(10, Source.End.FAILURE)))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> assertThat(e.problem()).isEqualTo(ZfsProblem.PROPERTY_NOT_RECEIVED))
          .hasCauseInstanceOf(OperationException.class);
    }
  }

  @Test
  void emptyStreamIsForTheProcessToJudge() throws Exception {
    String body = "cat; echo 'cannot receive: failed to read from stream' >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, new Source(0, Source.End.COMPLETE)))
          .isInstanceOfSatisfying(
              ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.STREAM_BROKEN))
          .hasMessageStartingWith("cannot receive tank/b@x: ");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void processThatEndsEarlyAbortsTheSource(boolean sourceIsSilent) throws Exception {
    String body = "echo \"cannot receive new filesystem stream: out of space\" >&2; exit 1\n";
    Source source =
        sourceIsSilent
            ? new Source(0, Source.End.SILENCE)
            : new Source(1L << 40, Source.End.COMPLETE);
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, source))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> {
                assertThat(e.problem()).isEqualTo(ZfsProblem.OUT_OF_SPACE);
                assertThat(e.scope()).isEqualTo(FailureScope.POOL);
                assertThat(e.temporary()).isTrue();
              });
      assertThat(source.aborted.getCount()).isZero();
    }
  }

  @Test
  void processThatReadsALittleAndEndsAbortsTheSource() throws Exception {
    String body = "head -c 100000 > /dev/null; echo 'cannot receive: invalid stream' >&2; exit 1\n";
    Source source = new Source(1L << 40, Source.End.COMPLETE);
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, source)).isInstanceOf(ZfsException.class);
      assertThat(source.aborted.getCount()).isZero();
    }
  }

  @Test
  void failedSourceIsThrownWithTheWordsOfTheProcess() throws Exception {
    String body =
        "cat > /dev/null; echo 'cannot receive new filesystem stream: incomplete stream' >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, new Source(1000, Source.End.FAILURE)))
          .isInstanceOfSatisfying(
              OperationException.class,
              e -> {
                assertThat(e.scope()).isEqualTo(FailureScope.PEER);
                assertThat(e.temporary()).isTrue();
                assertThat(e.advice()).contains("look at the network");
                assertThat(e)
                    .hasMessage(
                        "cannot receive tank/b@x: the stream broke: connection reset (zfs receive said:"
                            + " cannot receive new filesystem stream: incomplete stream)");
              });
    }
  }

  @Test
  void failedSourceFailsEvenIfTheProcessIsContent() throws Exception {
    try (var runner = FakePrograms.runner(folder, "cat > /dev/null\n")) {
      assertThatThrownBy(() -> receive(runner, new Source(1000, Source.End.FAILURE)))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining("connection reset")
          .hasMessageContaining("had accepted");
    }
  }

  @Test
  void contentProcessDoesNotMakeUpForASourceThatFailsLater() throws Exception {
    // ends after its 1000 bytes although its input is still open
    String body = "head -c 1000 > /dev/null\ntouch \"$0.done\"\n";
    Source source = new Source(1000, Source.End.SILENCE);
    try (var runner = FakePrograms.runner(folder, body)) {
      FutureTask<Void> receiving =
          new FutureTask<>(() -> {
            receive(runner, source);
            return null;
          });
      Thread.startVirtualThread(receiving);
      source.drained.await();
      await().atMost(LIMIT).until(() -> runner.running().isEmpty());
      source.abort();
      assertThatThrownBy(receiving::get).hasCauseInstanceOf(OperationException.class);
    }
  }

  @Test
  void processThatStopsReadingTooEarlyIsAFailureWhateverItsStatus() throws Exception {
    try (var runner = FakePrograms.runner(folder, "head -c 10 > /dev/null\n")) {
      assertThatThrownBy(() -> receive(runner, new Source(1L << 40, Source.End.COMPLETE)))
          .isInstanceOf(ZfsException.class)
          .hasMessageContaining("before the end of the stream");
    }
  }

  @Test
  void savedPartialStateIsTypedAndItsTokenHidden() throws Exception {
    Recordings.Recording recording = Recordings.of("2.3.2").get("recv-s-interrupted");
    Files.writeString(folder.resolve("errors"), recording.errors());
    String body = "cat > /dev/null; cat \"${0%/zfs}/errors\" >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, new Source(1000, Source.End.COMPLETE)))
          .isInstanceOfSatisfying(
              PartialStateSavedException.class,
              e -> {
                assertThat(e.token().text()).startsWith("1-ab1033e57-b8-789c");
                assertThat(e.message()).doesNotContain("789c").contains("(resume token)");
                assertThat(e.temporary()).isTrue();
              });
    }
  }

  @Test
  void encryptedOverwriteIsTyped() throws Exception {
    String words =
        "cannot receive new filesystem stream: zfs receive -F cannot be used to destroy an encrypted"
            + " filesystem or overwrite an unencrypted one with an encrypted one";
    String body = "cat > /dev/null; echo '" + words + "' >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> receive(runner, new Source(1000, Source.End.COMPLETE)))
          .isInstanceOf(EncryptedOverwriteException.class)
          .hasMessage("cannot receive tank/b@x: " + words);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.1.11", "2.3.2"})
  void failedMountIsNoFailedReceive(String version) throws Exception {
    Recordings.Recording recording = Recordings.of(version).get("deleg-recv-mount");
    Files.writeString(folder.resolve("errors"), recording.errors());
    String body =
        "cat > /dev/null; cat \"${0%/zfs}/errors\" >&2; exit " + recording.status() + "\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      receive(runner, new Source(1000, Source.End.COMPLETE));
      assertThatThrownBy(() -> receive(runner, new Source(1000, Source.End.FAILURE)))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining("connection reset");
    }
  }

  @Test
  void interruptEndsProcessAndSource() throws Exception {
    Source source = new Source(1000, Source.End.SILENCE);
    try (var runner = FakePrograms.runner(folder, "exec sleep 1000\n")) {
      FutureTask<Void> receiving =
          new FutureTask<>(() -> {
            receive(runner, source);
            return null;
          });
      Thread thread = Thread.startVirtualThread(receiving);
      source.drained.await();
      thread.interrupt();
      assertThatThrownBy(receiving::get).hasCauseInstanceOf(InterruptedException.class);
      assertThat(source.aborted.getCount()).isZero();
      assertThat(runner.running()).isEmpty();
    }
  }

  @Test
  void interruptEndsACopyThatIsBlockedInWriting() throws Exception {
    Source source = new Source(1L << 40, Source.End.COMPLETE);
    try (var runner = FakePrograms.runner(folder, "head -c 10 > \"$0.read\"; exec sleep 1000\n")) {
      FutureTask<Void> receiving =
          new FutureTask<>(() -> {
            receive(runner, source);
            return null;
          });
      Thread thread = Thread.startVirtualThread(receiving);
      Path read = folder.resolve("zfs.read");
      await().atMost(LIMIT).until(() -> Files.exists(read) && Files.size(read) == 10);
      thread.interrupt();
      assertThatThrownBy(receiving::get).hasCauseInstanceOf(InterruptedException.class);
      assertThat(runner.running()).isEmpty();
    }
  }

  @Test
  void brokenSourceIsAProgrammingErrorAndEndsTheProcess() throws Exception {
    StreamSource source =
        new StreamSource() {
          @Override
          public int read(ByteBuffer buffer) {
            throw new IllegalStateException("bug");
          }

          @Override
          public void abort() {}
        };
    try (var runner = FakePrograms.runner(folder, "cat > /dev/null\n")) {
      assertThatThrownBy(() -> new ZfsCommands(runner).receive(arguments(), source))
          .isInstanceOf(IllegalStateException.class);
      await().atMost(LIMIT).until(() -> runner.running().isEmpty());
    }
  }
}
