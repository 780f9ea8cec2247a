package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.helpers.NOPLogger;

/** Programs as hooks: environment, output, timeout. */
@Timeout(60)
class CommandHookTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final HookScripts scripts;
  private final Path folder;
  private final List<String> lines = new ArrayList<>();
  private final HookOutput output =
      new HookOutput((stream, line) -> lines.add(stream.word() + " " + line));

  CommandHookTest(@TempDir Path folder) {
    this.folder = folder;
    this.scripts = new HookScripts(folder);
  }

  private void run(String body, Duration timeout) throws HookException, InterruptedException {
    try {
      new HookProgram(scripts.script(body).toString(), Map.of("GIVEN", "x"), timeout, NEVER, output)
          .run();
    } finally {
      output.end();
    }
  }

  private CommandHook hook(HookSettings settings) {
    return new CommandHook(
        new NumberedHook(1, settings),
        (HookSettings.Command) settings,
        HookScripts.SUBJECT,
        NEVER,
        NOPLogger.NOP_LOGGER);
  }

  private String environmentSeen(boolean before) throws Exception {
    Path seen = folder.resolve("seen");
    CommandHook hook =
        hook(
            scripts.command(
                "echo $# $ZREPL_HOOKTYPE $ZREPL_FS@$ZREPL_SNAPNAME [$ZREPL_DRYRUN] $ZREPL_TIMEOUT"
                    + " ${PATH:+path} >"
                    + seen,
                Duration.ofMillis(2900),
                false));
    assertThat(before ? hook.before() : hook.after()).isEmpty();
    return Files.readString(seen).strip();
  }

  @Test
  void environmentIsThatOfTheDaemonAndMore() throws Exception {
    assertThat(environmentSeen(true)).isEqualTo("0 pre_snapshot tank/db@zrepl_1 [] 2 path");
    assertThat(environmentSeen(false)).isEqualTo("0 post_snapshot tank/db@zrepl_1 [] 2 path");
  }

  @Test
  void outputIsPassedOnByLineAndKept() throws Exception {
    run("echo one; echo two >&2; printf three; read x; echo [$x]", LONG);
    assertThat(lines).containsExactlyInAnyOrder("stdout one", "stderr two", "stdout three[]");
    assertThat(output.lastLines()).contains("one", "two", "three[]");
  }

  @Test
  void muchOutputIsKeptInPart() throws Exception {
    run("head -c 2097152 /dev/zero | tr '\\0' x; echo; echo the end", LONG);
    assertThat(output.kept()).hasSize(1 << 20);
    assertThat(new String(output.kept(), StandardCharsets.US_ASCII))
        .startsWith("(...)x")
        .endsWith("x\nthe end\n");
    assertThat(output.lastLines()).hasSizeLessThan(2100).endsWith("the end");
    assertThat(lines.size()).as("the long line in pieces, its end, the last line").isEqualTo(514);
    assertThat(lines.stream().allMatch(line -> line.length() <= "stdout ".length() + 4096))
        .isTrue();
  }

  @Test
  void statusOtherThanZeroIsAFailureWithTheLastOutput() {
    assertThatThrownBy(() -> hook(scripts.command("echo why; exit 7", false)).before())
        .isInstanceOf(HookException.class)
        .hasMessageMatching("command hook failed: .*/hook1: exit status 7\nwhy");
  }

  @Test
  void timeoutKillsTheProgramAndItsChildren() throws Exception {
    Path child = folder.resolve("child");
    assertThatThrownBy(() ->
            run(
                "(sleep 600; echo late) & echo $! >%s; echo TIMEOUT; wait".formatted(child),
                Duration.ofMillis(500)))
        .isInstanceOf(HookException.class)
        .hasMessageContaining("timed out after 0.5s: ");
    assertThat(lines).containsExactly("stdout TIMEOUT");
    awaitEnd(child);
  }

  @Test
  void timeoutKillsEvenWhatLostItsParent() throws Exception {
    Path child = folder.resolve("child");
    assertThatThrownBy(() ->
            run(
                "(sh -c 'echo $$ >%s; exec sleep 600' &); sleep 600".formatted(child),
                Duration.ofMillis(500)))
        .hasMessageContaining("timed out");
    awaitEnd(child);
  }

  private static void awaitEnd(Path pidFile) throws Exception {
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    Awaitility.await().until(() -> isGone(pid));
  }

  /** Whether it is dead, even if nobody has asked for its exit status. */
  private static boolean isGone(long pid) {
    try {
      return Files.readString(Path.of("/proc/%d/stat".formatted(pid))).contains(") Z ");
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void childThatHoldsTheOutputOpenStallsNobody() throws Exception {
    Path child = folder.resolve("child");
    run("sleep 600 & echo $! >%s; echo done".formatted(child), LONG);
    assertThat(lines).containsExactly("stdout done");
    long pid = Long.parseLong(Files.readString(child).strip());
    assertThat(ProcessHandle.of(pid)).as("left alone").isPresent();
    var _ = ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  @Test
  void childThatWritesForEverStallsNobody() throws Exception {
    Path child = folder.resolve("child");
    run("yes & echo $! >%s".formatted(child), LONG);
    assertThat(output.kept().length).isLessThanOrEqualTo(1 << 20);
    // it may have been ended by the closed pipe
    ProcessHandle.of(Long.parseLong(Files.readString(child).strip()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  @Test
  void programThatIsMissingOrCannotBeStartedIsSaidSo() throws Exception {
    assertThatThrownBy(() -> program("/nowhere/quiesce").run())
        .hasMessage(
            "command hook failed: /nowhere/quiesce does not exist; correct the path of the hook");
    assertThatThrownBy(() -> program("no-such-program-anywhere").run())
        .hasMessageContaining("no-such-program-anywhere is not in PATH");
    Path plain = Files.writeString(folder.resolve("plain"), "");
    assertThatThrownBy(() -> program(plain.toString()).run())
        .hasMessageContaining("is not executable");
    assertThatThrownBy(() -> program(folder.toString()).run())
        .hasMessageContaining("is not executable");
  }

  @Test
  void programMayBeLookedUp() throws Exception {
    program("true").run();
  }

  private HookProgram program(String path) {
    return new HookProgram(path, Map.of(), LONG, NEVER, output);
  }

  @Test
  @Timeout(30)
  void programThatDoesNothingForTooLongIsKilledBeforeItsTimeout() throws Exception {
    HookProgram idle =
        new HookProgram(
            scripts.script("sleep 600 & wait").toString(),
            Map.of(),
            LONG,
            Duration.ofMillis(300),
            output);
    assertThatThrownBy(idle::run)
        .isInstanceOf(HookStalledException.class)
        .hasMessageContaining("made no progress")
        .hasMessageContaining("global.stall_timeout");
  }

  @Test
  @Timeout(30)
  void programThatWorksMayTakeLongerThanItMayDoNothing() throws Exception {
    String busy = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo $i; sleep 0.1; done";
    new HookProgram(scripts.script(busy).toString(), Map.of(), LONG, Duration.ofSeconds(1), output)
        .run();
    output.end();
    assertThat(lines).contains("stdout 15");
  }

  @Test
  void interruptKillsTheProgram() throws Exception {
    Path started = folder.resolve("started");
    AtomicReference<Throwable> end = new AtomicReference<>(new Throwable("nothing"));
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                run(
                    "echo $$ >%s.new; mv %s.new %s; exec sleep 600"
                        .formatted(started, started, started),
                    LONG);
              } catch (Throwable e) {
                end.set(e);
              }
            });
    Awaitility.await().until(() -> Files.exists(started));
    thread.interrupt();
    thread.join();
    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    awaitEnd(started);
  }
}
