package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.zrepl.base.ProgressMark;
import io.zrepl.model.FailureScope;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ProcessCommandRunnerTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder = Path.of("");

  private static Command zfs(String... arguments) {
    return Command.query("zfs").add(arguments).build();
  }

  private static RunnerSettings settings(boolean nativePipes) {
    return RunnerSettings.DEFAULT.withNativePipes(nativePipes);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsOutputErrorsAndStatusApart(boolean nativePipes) throws Exception {
    String body = "echo \"to stderr\" >&2; printf 'to <%s>\\n' \"$@\"; exit 3\n";
    try (var runner =
        FakePrograms.runner(folder, body, settings(nativePipes), CommandObserver.NONE)) {
      CommandResult result = runner.run(zfs("a b", "c"));
      assertThat(result.status()).isEqualTo(3);
      assertThat(result.output()).isEqualTo("to <a b>\nto <c>\n");
      assertThat(result.errors()).isEqualTo("to stderr\n");
      assertThat(runner.running()).isEmpty();
    }
  }

  @Test
  void speaksEnglishToTheProgramAndGivesItNoInput() throws Exception {
    String body = "echo \"$LC_ALL,${LANGUAGE-unset}\"; cat; echo end\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThat(runner.run(zfs()).output()).isEqualTo("C,unset\nend\n");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsLargeOutputAndLongLines(boolean nativePipes) throws Exception {
    String body =
        "head -c 5000000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero | tr '\\0' y >&2\n";
    try (var runner =
        FakePrograms.runner(folder, body, settings(nativePipes), CommandObserver.NONE)) {
      CommandResult result = runner.run(zfs());
      assertThat(result.output()).hasSize(5_000_000);
      assertThat(result.errors()).hasSize(300_000);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void handsLinesOnWhileTheyArrive(boolean nativePipes) throws Exception {
    Path goOn = folder.resolve("go-on");
    // Does not write the second line before the first was seen.
    String body =
        "echo one; while [ ! -e %s ]; do :; done; printf two; echo err >&2; exit 1".formatted(goOn);
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    try (var runner =
        FakePrograms.runner(folder, body, settings(nativePipes), CommandObserver.NONE)) {
      CommandResult result =
          runner.run(
              zfs(),
              line -> {
                lines.add(line);
                assertThat(goOn.toFile().mkdir()).isEqualTo(line.equals("one"));
              });
      assertThat(lines).containsExactly("one", "two");
      assertThat(result).isEqualTo(new CommandResult(zfs(), 1, "", "err\n"));
    }
  }

  @Test
  void endsWithTheFailureOfWhomTheLinesAreFor() throws Exception {
    // Without an end of its own.
    try (var runner = FakePrograms.runner(folder, "while echo line; do :; done\n")) {
      ZfsException refusal = MemoryLimit.exceeded("this is a test");
      assertThatThrownBy(() ->
              runner.run(
                  zfs(),
                  _ -> {
                    throw refusal;
                  }))
          .isSameAs(refusal);
      assertThat(runner.running()).isEmpty();
    }
  }

  @Test
  void boundsWhatItKeepsOfErrors() throws Exception {
    String body =
        "echo first >&2; head -c 3000000 /dev/zero | tr '\\0' x >&2; echo last >&2; exit 1\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      String errors = runner.run(zfs()).errors();
      assertThat(errors).hasSizeLessThan(1_100_000).startsWith("first").endsWith("last\n");
      assertThat(errors).contains("bytes left out");
    }
  }

  @Test
  void tellsTheSignalThatEndedAProgram() throws Exception {
    try (var runner = FakePrograms.runner(folder, "kill -9 $$\n")) {
      CommandResult result = runner.run(zfs());
      assertThat(result.status()).isEqualTo(128 + 9);
      assertThat(Commands.message("cannot list", result.status(), result.errors()))
          .isEqualTo("cannot list: the zfs command was killed by signal 9");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void interruptKillsTheChild(boolean virtual) throws Exception {
    try (var runner = FakePrograms.runner(folder, "exec sleep 1000\n")) {
      AtomicReference<Object> outcome = new AtomicReference<>();
      Runnable task =
          () -> {
            try {
              outcome.set(runner.run(zfs("list")));
            } catch (ZfsException | InterruptedException e) {
              outcome.set(e);
            }
          };
      Thread thread = virtual ? Thread.startVirtualThread(task) : Thread.ofPlatform().start(task);
      await().atMost(LIMIT).until(() -> runner.running().size() == 1);
      long pid = runner.running().getFirst().pid();

      thread.interrupt();
      thread.join();

      assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
      assertThat(runner.running()).isEmpty();
      assertThat(runner.stuck()).isEmpty();
      assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }
  }

  @Test
  void interruptKillsChildrenOfAWrapperToo() throws Exception {
    String body = "sleep 1000 &\necho $! > \"$0.pid\"\nwait\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      Thread thread =
          Thread.startVirtualThread(
              () -> assertThatThrownBy(() -> runner.run(zfs())).isInstanceOf(Exception.class));
      Path pidFile = folder.resolve("zfs.pid");
      await().atMost(LIMIT).until(() -> Files.exists(pidFile) && Files.size(pidFile) > 1);
      long pid = Long.parseLong(Files.readString(pidFile).strip());

      thread.interrupt();
      thread.join();

      await()
          .atMost(LIMIT)
          .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }
  }

  @Test
  void interruptedCallerStartsNothing() throws Exception {
    try (var runner = FakePrograms.runner(folder, "touch \"$0.started\"\n")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> runner.run(zfs())).isInstanceOf(InterruptedException.class);
      assertThat(folder.resolve("zfs.started")).doesNotExist();
    }
  }

  @Test
  void deadlineKillsTheChild() throws Exception {
    try (var runner = FakePrograms.runner(folder, "exec sleep 1000\n")) {
      Command command = new Command(List.of("zfs", "list"), Optional.of(Duration.ofMillis(50)));
      assertThatThrownBy(() -> runner.run(command))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> {
                assertThat(e.temporary()).isTrue();
                assertThat(e.scope()).isEqualTo(FailureScope.POOL);
                assertThat(e).hasMessageContaining("zfs list did not end within");
              });
      assertThat(runner.running()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void grandchildThatHoldsThePipesDoesNotHangTheRunner(boolean nativePipes) throws Exception {
    String body = "sleep 1000 &\necho $! > \"$0.pid\"\necho output; echo error >&2\n";
    try (var runner =
        FakePrograms.runner(folder, body, settings(nativePipes), CommandObserver.NONE)) {
      CommandResult result = runner.run(Command.change("zfs", "destroy").build());
      assertThat(result.status()).isZero();
      assertThat(result.output()).isEqualTo("output\n");
      assertThat(result.errors()).isEqualTo("error\n");
    } finally {
      long pid = Long.parseLong(Files.readString(folder.resolve("zfs.pid")).strip());
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void outputThatAGrandchildMayStillWriteIsNotTakenForAListing() throws Exception {
    String body = "echo 'tank/a'; (sleep 1000; echo 'tank/b') &\necho $! > \"$0.pid\"\n";
    try (var runner = FakePrograms.runner(folder, body)) {
      assertThatThrownBy(() -> runner.run(zfs("list")))
          .isInstanceOfSatisfying(ZfsException.class, e -> assertThat(e.temporary()).isTrue())
          .hasMessageContaining("another process holds its output open");
    } finally {
      long pid = Long.parseLong(Files.readString(folder.resolve("zfs.pid")).strip());
      ProcessHandle.of(pid)
          .ifPresent(shell -> {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
          });
    }
  }

  @Test
  void missingProgramIsExplained() {
    try (var runner =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT, CommandObserver.NONE, InstantSource.system())) {
      Command command = Command.query("zfs-that-nobody-has", "list").build();
      assertThatThrownBy(() -> runner.run(command))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> {
                assertThat(e).hasMessage("zfs-that-nobody-has not found in PATH");
                assertThat(e.scope()).isEqualTo(FailureScope.JOB);
                assertThat(e.temporary()).isTrue();
                assertThat(e.advice()).isPresent();
              });
    }
  }

  @Test
  void programThatMayNotBeExecutedIsExplained() throws Exception {
    try (var runner = FakePrograms.runner(folder, "")) {
      Files.setPosixFilePermissions(folder.resolve("zfs"), java.util.Set.of());
      assertThatThrownBy(() -> runner.run(zfs()))
          .isInstanceOf(ZfsException.class)
          .hasMessage("zfs may not be executed by this user");
    }
  }

  @Test
  void tooLongCommandLineIsRecognised() throws Exception {
    try (var runner = FakePrograms.runner(folder, "")) {
      Command command = zfs("x".repeat(1 << 20), "y".repeat(1 << 20));
      assertThatThrownBy(() -> runner.run(command)).isInstanceOf(CommandTooLongException.class);
    }
  }

  @Test
  void shortCommandsWaitForEachOtherButStreamsDoNot() throws Exception {
    String body =
        """
        case $1 in
        stream) exec cat ;;
        *) echo $$ >> "$0.running"; exec sleep 1000 ;;
        esac
        """;
    Path running = folder.resolve("zfs.running");
    var settings = RunnerSettings.DEFAULT.withConcurrentCommands(2);
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE)) {
      List<Thread> threads = new ArrayList<>();
      CountDownLatch begun = new CountDownLatch(4);
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.startVirtualThread(() -> {
              begun.countDown();
              assertThatThrownBy(() -> runner.run(zfs("list"))).isInstanceOf(Exception.class);
            }));
      }
      begun.await();
      await().atMost(LIMIT).until(() -> Files.exists(running) && lines(running) == 2);
      try (ChildProcess stream = runner.startWriting(zfs("stream"))) {
        stream.input().write(ByteBuffer.wrap(new byte[10]));
        assertThat(runner.running()).hasSize(3);
        assertThat(lines(running)).isEqualTo(2);
      }
      threads.forEach(Thread::interrupt);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  @Test
  void manyStreamsDoNotKeepAShortCommandFromRunning() throws Exception {
    String body = "case $1 in stream) exec cat ;; *) echo listed ;; esac\n";
    var settings = RunnerSettings.DEFAULT.withConcurrentCommands(2);
    List<ChildProcess> streams = new ArrayList<>();
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE)) {
      for (int i = 0; i < 6; i++) {
        streams.add(runner.startWriting(zfs("stream")));
      }
      assertThat(runner.run(zfs("list")).output()).isEqualTo("listed\n");
      assertThat(runner.running()).hasSize(6);
      streams.forEach(ChildProcess::close);
    }
  }

  @Test
  void sendsWaitForEachOtherAndReceivesDoNotWaitForThem() throws Exception {
    String body = "case $1 in send) exec sleep 1000 ;; recv) exec cat ;; esac\n";
    var settings = RunnerSettings.DEFAULT.withConcurrentStreams(2);
    BlockingQueue<ChildProcess> started = new LinkedBlockingQueue<>();
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        threads.add(
            Thread.startVirtualThread(() -> {
              try {
                started.add(runner.startReading(zfs("send")));
              } catch (ZfsException | InterruptedException e) {
                throw new AssertionError(e);
              }
            }));
      }
      ChildProcess first = started.take();
      ChildProcess second = started.take();
      try (ChildProcess receive = runner.startWriting(zfs("recv"))) {
        receive.input().write(ByteBuffer.wrap(new byte[10]));
        assertThat(runner.running()).as("two sends and the receive").hasSize(3);
      }
      first.close();
      ChildProcess third = started.take();
      assertThat(runner.running()).hasSize(2);
      second.close();
      third.close();
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  @Test
  void streamThatCouldNotStartTakesNoPlace() throws Exception {
    var settings =
        RunnerSettings.DEFAULT
            .withConcurrentStreams(1)
            .withPrograms(Map.of("zfs", folder.resolve("missing")));
    try (var runner =
        new ProcessCommandRunner(settings, CommandObserver.NONE, InstantSource.system())) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> runner.startReading(zfs("send"))).isInstanceOf(ZfsException.class);
      }
    }
  }

  private static long lines(Path file) throws Exception {
    try (var lines = Files.lines(file)) {
      return lines.count();
    }
  }

  @Test
  void observerHearsOfStartAndEndInOrder() throws Exception {
    List<String> heard = Collections.synchronizedList(new ArrayList<>());
    CommandObserver observer =
        new CommandObserver() {
          @Override
          public void started(RunningCommand command) {
            heard.add("started " + String.join(" ", command.arguments()) + " " + command.job());
          }

          @Override
          public void finished(RunningCommand command, Duration duration, OptionalInt status) {
            heard.add("finished " + command.arguments().get(1) + " " + status.orElse(-1));
          }
        };
    try (var runner = FakePrograms.runner(folder, "exit 5\n", RunnerSettings.DEFAULT, observer)) {
      runner.run(zfs("list"));
      assertThat(heard).containsExactly("started zfs list Optional.empty", "finished list 5");
      heard.clear();
      CommandRunner named = runner.forJob("push");
      try (ChildProcess child = named.startReading(zfs("send", "-t", "1-secret"))) {
        await().atMost(LIMIT).until(() -> heard.size() == 2);
        assertThat(child.exit().get()).isEqualTo(5);
      }
      assertThat(heard)
          .containsExactly("started zfs send -t (resume token) Optional[push]", "finished send 5");
    }
  }

  @Test
  void closingKillsWhatRunsAndRefusesMore() throws Exception {
    var runner = FakePrograms.runner(folder, "exec sleep 1000\n");
    ChildProcess child = runner.startReading(zfs("send"));
    AtomicReference<Object> outcome = new AtomicReference<>();
    Thread thread =
        Thread.startVirtualThread(() -> {
          try {
            outcome.set(runner.run(zfs("list")));
          } catch (ZfsException | InterruptedException e) {
            outcome.set(e);
          }
        });
    await().atMost(LIMIT).until(() -> runner.running().size() == 2);

    runner.close();

    thread.join();
    assertThat(outcome.get())
        .isInstanceOfSatisfying(
            CommandResult.class, result -> assertThat(result.status()).isEqualTo(137));
    assertThat(child.exit().get()).isEqualTo(137);
    assertThat(runner.running()).isEmpty();
    assertThatThrownBy(() -> runner.run(zfs("list"))).isInstanceOf(ZfsException.class);
  }

  @Test
  void argumentsThatTheLocaleCannotExpressAreRefusedNotGarbled() throws Exception {
    try (var runner = FakePrograms.runner(folder, "printf %s \"$1\"\n")) {
      assertThatThrownBy(() -> runner.run(zfs("a\0b"))).isInstanceOf(ZfsException.class);
      boolean expressible =
          java.nio.charset.Charset.forName(System.getProperty("sun.jnu.encoding"))
              .newEncoder()
              .canEncode("ü");
      if (expressible) {
        assertThat(runner.run(zfs("ü")).output()).isEqualTo("ü");
      } else {
        assertThatThrownBy(() -> runner.run(zfs("ü")))
            .isInstanceOf(ZfsException.class)
            .hasMessageContaining("locale");
      }
    }
  }

  @Test
  void streamThatDoesNothingAlthoughItIsItsTurnIsKilled() throws Exception {
    RunnerSettings settings = RunnerSettings.DEFAULT.withStallLimit(Duration.ofMillis(200));
    try (var runner =
            FakePrograms.runner(folder, "exec sleep 1000\n", settings, CommandObserver.NONE);
        ChildProcess child = runner.startReading(zfs("send"))) {
      CountDownLatch ended = new CountDownLatch(1);
      Thread.ofPlatform()
          .start(() -> {
            try {
              assertThat(child.output().read(ByteBuffer.allocateDirect(10))).isEqualTo(-1);
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            } finally {
              ended.countDown();
            }
          });
      ended.await();
      assertThat(child.exit().get()).isEqualTo(137);
      assertThat(child.stalledFor().orElseThrow()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }
  }

  @Test
  void streamThatNobodyReadsIsNotToBlame() throws Exception {
    RunnerSettings settings = RunnerSettings.DEFAULT.withStallLimit(Duration.ofMillis(100));
    try (var runner =
            FakePrograms.runner(folder, "exec sleep 1000\n", settings, CommandObserver.NONE);
        ChildProcess child = runner.startReading(zfs("send"))) {
      Thread.sleep(500);
      assertThat(child.stalledFor()).isEmpty();
      assertThat(child.exit().isDone()).isFalse();
    }
  }

  @Test
  void workingChildMovesTheMarkOfTheWorkThatStartedIt() throws Exception {
    RunnerSettings settings = RunnerSettings.DEFAULT.withStallLimit(Duration.ofMillis(100));
    ProgressMark mark = new ProgressMark();
    String body = "i=0; while [ $i -lt 1000000000 ]; do i=$((i + 1)); done\n";
    try (var runner = FakePrograms.runner(folder, body, settings, CommandObserver.NONE);
        ChildProcess child = mark.during(() -> runner.startReading(zfs("send")))) {
      long before = mark.value();
      await().atMost(LIMIT).until(() -> mark.value() > before + 3);
      assertThat(child.stalledFor()).isEmpty();
    }
  }

  @Test
  void outputBeyondTheLimitIsAnErrorForGoodAndNotHalfAnAnswer() throws Exception {
    var pipe =
        java.nio.channels.Channels.newChannel(new java.io.ByteArrayInputStream(new byte[300]));
    Drain drain = Drain.start(Runnable::run, pipe, Capture.everything(), 299);
    ZfsException failure = catchThrowableOfType(ZfsException.class, () -> drain.await(LIMIT));
    assertThat(failure.scope()).isEqualTo(FailureScope.JOB);
    assertThat(failure.temporary()).isFalse();
    assertThat(failure.describe()).contains("memory").contains("larger heap");
  }
}
