package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.TaskGroup;
import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.hook.HookStep.Edge;
import io.zrepl.snapshot.hook.HookStep.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

/** In which order hooks run, and what a failure means for the others. */
@Timeout(60)
class HooksTest {
  private static final HookSettings.Common USUAL =
      HookScripts.common(Duration.ofSeconds(30), false);

  private static final List<Bracket.End> ENDS = List.of(Bracket.End.values());

  private final HookScripts scripts;
  private final List<String> happened = new ArrayList<>();
  private Duration longestSnapshot = Hooks.LONGEST_SNAPSHOT;
  private final List<String> counted = new ArrayList<>();

  HooksTest(@TempDir Path folder) {
    this.scripts = new HookScripts(folder);
  }

  private Bracket run(HookSettings... settings) throws InterruptedException {
    return new Hooks(
            List.of(settings),
            Duration.ofMinutes(10),
            InstantSource.system(),
            (subject, type, step) ->
                counted.add(type + " " + step.edge().word() + " " + step.status().word()),
            NOPLogger.NOP_LOGGER)
        .around(
            HookScripts.SUBJECT,
            () -> {
              happened.add("snapshot");
              return "";
            },
            state -> {});
  }

  private static List<String> statuses(Bracket bracket) {
    return bracket.steps().stream().map(step -> step.status().word()).toList();
  }

  @Test
  void withoutHooksOnlyTheSnapshotIsTaken() throws InterruptedException {
    Bracket end = run();
    assertThat(statuses(end)).containsExactly("Ok");
    assertThat(end.hookFailed()).isFalse();
    assertThat(happened).containsExactly("snapshot");
  }

  @Test
  void hooksAreAStack() throws InterruptedException {
    Path notes = scripts.script("").resolveSibling("notes");
    String note = "echo %s $ZREPL_HOOKTYPE >>" + notes;
    Bracket end =
        run(scripts.command(note.formatted(1), false), scripts.command(note.formatted(2), true));
    assertThat(statuses(end)).containsExactly("Ok", "Ok", "Ok", "Ok", "Ok");
    assertThat(notes)
        .hasContent("1 pre_snapshot\n2 pre_snapshot\n2 post_snapshot\n1 post_snapshot\n");
    assertThat(counted)
        .containsExactly(
            "command pre_snapshot Ok",
            "command pre_snapshot Ok",
            "command post_snapshot Ok",
            "command post_snapshot Ok");
  }

  @Test
  void failureBeforeThatIsNotFatalLeavesOutOnlyTheSameHookAfter() throws InterruptedException {
    Bracket end = run(scripts.command("exit 1", false));
    assertThat(statuses(end)).containsExactly("Err", "Ok", "SkippedDueToPreErr");
    assertThat(end.steps().getFirst().text()).matches("command hook failed.*exit status 1");
    assertThat(end.hookFailed()).isTrue();
    assertThat(end.failures().orElseThrow())
        .startsWith("hook #1 (command ")
        .contains("pre_snapshot: command hook failed");
    assertThat(happened).containsExactly("snapshot");
  }

  @Test
  void fatalFailureBeforeLeavesOutEverythingBehindIt() throws InterruptedException {
    Bracket end = run(scripts.command("exit 1", true), scripts.command("", false));
    assertThat(statuses(end))
        .containsExactly(
            "Err",
            "SkippedDueToFatalErr",
            "SkippedDueToFatalErr",
            "SkippedDueToFatalErr",
            "SkippedDueToFatalErr");
    assertThat(end.snapshotFailure()).isPresent();
    assertThat(happened).isEmpty();
  }

  @Test
  void hookThatRanBeforeAFatalFailureRunsAfterIt() throws InterruptedException {
    Bracket end =
        run(scripts.command("", false), scripts.command("exit 1", true), scripts.command("", true));
    assertThat(statuses(end))
        .containsExactly(
            "Ok",
            "Err",
            "SkippedDueToFatalErr",
            "SkippedDueToFatalErr",
            "SkippedDueToFatalErr",
            "SkippedDueToFatalErr",
            "Ok");
    assertThat(happened).isEmpty();
  }

  @Test
  void failureAfterIsNeverFatal() throws InterruptedException {
    Bracket end = run(scripts.after("exit 1", true), scripts.command("", false));
    assertThat(statuses(end)).containsExactly("Ok", "Ok", "Ok", "Ok", "Err");
    assertThat(end.hookFailed()).isTrue();
  }

  @Test
  void failureBeforeLeavesOtherHooksAlone() throws InterruptedException {
    Bracket end = run(scripts.command("", false), scripts.before("exit 1", false));
    assertThat(statuses(end)).containsExactly("Ok", "Err", "Ok", "SkippedDueToPreErr", "Ok");
  }

  @Test
  void hookThatSelectsNoFilesystemTakesNoPart() throws InterruptedException {
    HookSettings never =
        new HookSettings.Command(
            new HookSettings.Common(
                HookScripts.filter(Map.of("<", false)), Duration.ofSeconds(1), true),
            "/bin/false");
    assertThat(statuses(run(never))).containsExactly("Ok");
    Hooks hooks =
        new Hooks(
            List.of(never),
            Duration.ofMinutes(10),
            InstantSource.system(),
            HookObserver.NONE,
            NOPLogger.NOP_LOGGER);
    assertThat(hooks.concern(DatasetPath.of("tank"))).isFalse();
  }

  @Test
  void hooksRunAfterASnapshotThatFailed() throws InterruptedException {
    Bracket end =
        new Hooks(
                List.of(scripts.command("", false)),
                Duration.ofMinutes(10),
                InstantSource.system(),
                HookObserver.NONE,
                NOPLogger.NOP_LOGGER)
            .around(HookScripts.SUBJECT, () -> "out of space", state -> {});
    assertThat(statuses(end)).containsExactly("Ok", "Err", "Ok");
    assertThat(end.hookFailed()).as("the snapshot is no hook").isFalse();
  }

  @Test
  void textTellsEachStep() throws InterruptedException {
    String text = run(scripts.command("echo why; exit 3", false)).text();
    assertThat(text.lines())
        .satisfiesExactly(
            line ->
                assertThat(line).matches(" 1  Err +\\S+ +pre_snapshot +hook #1 \\(command .*\\)"),
            line -> assertThat(line).matches("      command hook failed: .*: exit status 3"),
            line -> assertThat(line).isEqualTo("      why"),
            line -> assertThat(line).matches(" 2  Ok +\\S+ +snapshot"),
            line -> assertThat(line).startsWith(" 3  SkippedDueToPreErr"));
  }

  /** Runs with an interrupt at a moment; true if it was passed on. */
  private boolean interruptedWhen(Hooks hooks, Hooks.Snapshotting snapshotting, CountDownLatch when)
      throws InterruptedException {
    AtomicBoolean passedOn = new AtomicBoolean();
    try (TaskGroup group = new TaskGroup("test")) {
      group.fork(
          "round",
          () -> {
            try {
              var _ = hooks.around(HookScripts.SUBJECT, snapshotting, state -> {});
            } catch (InterruptedException e) {
              passedOn.set(true);
            }
          });
      when.await();
      group.cancel();
      group.await();
    }
    return passedOn.get();
  }

  private Hooks fakes(HookRun... runs) {
    return new Hooks(
        Collections.nCopies(runs.length, new HookSettings.Command(USUAL, "x")),
        (hook, subject) -> runs[hook.number() - 1],
        InstantSource.system(),
        (subject, type, step) -> counted.add(step.edge().word() + " " + step.status().word()),
        NOPLogger.NOP_LOGGER,
        longestSnapshot);
  }

  /** Notes what is called. */
  private final class Noting implements HookRun {
    private final String name;

    Noting(String name) {
      this.name = name;
    }

    @Override
    public String before() throws InterruptedException {
      happened.add(name + " before");
      return "";
    }

    @Override
    public String after() throws InterruptedException {
      Thread.sleep(1); // would throw if the thread were interrupted
      happened.add(name + " after");
      return "";
    }
  }

  @Test
  void shutdownDuringTheSnapshotStillRunsWhatComesAfter() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    boolean passedOn =
        interruptedWhen(
            fakes(new Noting("a"), new Noting("b")),
            () -> {
              begun.countDown();
              new CountDownLatch(1).await();
              return "";
            },
            begun);
    assertThat(passedOn).isTrue();
    assertThat(happened).containsExactly("a before", "b before", "b after", "a after");
    assertThat(counted)
        .containsExactly(
            "pre_snapshot Ok", "pre_snapshot Ok", "post_snapshot Ok", "post_snapshot Ok");
  }

  @Test
  void snapshotThatTakesTooLongIsGivenUpSoThatHooksHoldNothingForEver()
      throws InterruptedException {
    longestSnapshot = Duration.ofMillis(20);
    CountDownLatch givenUp = new CountDownLatch(1);
    Bracket end =
        fakes(new Noting("a"))
            .around(
                HookScripts.SUBJECT,
                () -> {
                  try {
                    new CountDownLatch(1).await();
                  } finally {
                    givenUp.countDown();
                  }
                  return "";
                },
                state -> {});
    givenUp.await();
    assertThat(statuses(end)).containsExactly("Ok", "Err", "Ok");
    assertThat(end.snapshotFailure().orElseThrow())
        .startsWith("the snapshot timed out after 0.02s");
    assertThat(happened).containsExactly("a before", "a after");
  }

  @Test
  void programThatWasCancelledBeforeItBeganIsNotStartedForItsOtherHalf() throws Exception {
    Path notes = scripts.script("").resolveSibling("notes");
    HookSettings.Command settings =
        (HookSettings.Command) scripts.command("echo $ZREPL_HOOKTYPE >>" + notes, false);
    HookRun run =
        new CommandHook(
            new NumberedHook(1, settings),
            settings,
            HookScripts.SUBJECT,
            Duration.ofMinutes(10),
            NOPLogger.NOP_LOGGER);
    Thread.currentThread().interrupt();
    assertThatThrownBy(run::before).isInstanceOf(InterruptedException.class);
    assertThat(run.after()).isEmpty();
    assertThat(notes).doesNotExist();
  }

  @Test
  void shutdownDuringAHookRunsItsOtherHalfAndThoseOfEarlierOnes() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    HookRun slow =
        new HookRun() {
          @Override
          public String before() throws InterruptedException {
            happened.add("slow before");
            begun.countDown();
            new CountDownLatch(1).await();
            return "";
          }

          @Override
          public String after() {
            happened.add("slow after");
            return "";
          }
        };
    assertThat(
            interruptedWhen(
                fakes(new Noting("a"), slow, new Noting("c")),
                () -> {
                  happened.add("snapshot");
                  return "";
                },
                begun))
        .isTrue();
    assertThat(happened).containsExactly("a before", "slow before", "slow after", "a after");
  }

  @Test
  void shutdownKillsAProgramAndStartsItForItsOtherHalf() throws Exception {
    Path notes = scripts.script("").resolveSibling("notes");
    HookSettings slow =
        scripts.command(
            "echo $ZREPL_HOOKTYPE >>%s; [ $ZREPL_HOOKTYPE = post_snapshot ] || exec sleep 600"
                .formatted(notes),
            false);
    Hooks hooks =
        new Hooks(
            List.of(slow),
            Duration.ofMinutes(10),
            InstantSource.system(),
            HookObserver.NONE,
            NOPLogger.NOP_LOGGER);
    CountDownLatch begun = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(() -> {
          while (!Files.exists(notes)) {
            Thread.onSpinWait();
          }
          begun.countDown();
        });
    assertThat(interruptedWhen(hooks, () -> "", begun)).isTrue();
    assertThat(notes).hasContent("pre_snapshot\npost_snapshot\n");
  }

  @Test
  void defectOfAHookIsItsFailure() throws InterruptedException {
    HookRun broken =
        new HookRun() {
          @Override
          public String before() {
            throw new IllegalStateException("impossible");
          }

          @Override
          public String after() {
            return "";
          }
        };
    Bracket end = fakes(broken).around(HookScripts.SUBJECT, () -> "", state -> {});
    assertThat(statuses(end)).containsExactly("Err", "Ok", "SkippedDueToPreErr");
    assertThat(end.steps().getFirst().text()).contains("impossible");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void whatRanBeforeAndDidNotFailRunsAfterExactlyOnce(int seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<NumberedHook> hooks = new ArrayList<>();
      for (int i = 1; i <= 1 + random.nextInt(5); i++) {
        hooks.add(new NumberedHook(i, new HookSettings.Command(USUAL, "x")));
      }
      Bracket state = Bracket.of(hooks);
      List<Integer> open = new ArrayList<>();
      while (state.next().isPresent()) {
        int index = state.next().getAsInt();
        HookStep step = state.steps().get(index);
        Bracket.End end = ENDS.get(random.nextInt(ENDS.size()));
        if (step.edge() == Edge.BEFORE
            && (end == Bracket.End.DONE || end == Bracket.End.CANCELLED)) {
          open.add(step.hookNumber());
        }
        if (step.edge() == Edge.AFTER) {
          assertThat(open.removeLast())
              .as("the last that is open, seed %d", seed)
              .isEqualTo(step.hookNumber());
        }
        state = state.started(index, Instant.EPOCH);
        state = state.ended(index, end, Instant.EPOCH, "");
      }
      assertThat(open).as("seed %d: %s", seed, state).isEmpty();
      assertThat(state.steps()).noneMatch(step -> step.status() == Status.PENDING);
    }
  }

  @Test
  void shutdownBetweenTwoStepsBeginsNothingMore() {
    HookRun interrupting =
        new HookRun() {
          @Override
          public String before() {
            happened.add("first before");
            Thread.currentThread().interrupt();
            return "";
          }

          @Override
          public String after() {
            happened.add("first after");
            return "";
          }
        };
    assertThatThrownBy(() ->
            fakes(interrupting, new Noting("second"))
                .around(
                    HookScripts.SUBJECT,
                    () -> {
                      happened.add("snapshot");
                      return "";
                    },
                    state -> {}))
        .isInstanceOf(InterruptedException.class);
    assertThat(happened).containsExactly("first before", "first after");
    assertThat(counted)
        .containsExactly(
            "pre_snapshot Ok",
            "pre_snapshot SkippedDueToFatalErr",
            "post_snapshot SkippedDueToFatalErr",
            "post_snapshot Ok");
  }

  @Test
  void interruptBeforeAnythingBeginsNothing() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> fakes(new Noting("a")).around(HookScripts.SUBJECT, () -> "", s -> {}))
        .isInstanceOf(InterruptedException.class);
    assertThat(happened).isEmpty();
  }
}
