package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress.State;
import io.zrepl.snapshot.hook.HookSettings;
import io.zrepl.snapshot.hook.HookStep;
import io.zrepl.snapshot.hook.HookSubject;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

class SnapshotRoundTest {
  private static final Instant T = Instant.ofEpochSecond(1_000_000);

  private final VirtualTime time = new VirtualTime(T, Duration.ofDays(1));
  private final SnapshottingZfs zfs = new SnapshottingZfs(time);
  private final List<List<FilesystemProgress>> published = new ArrayList<>();
  private final List<String> counted = new ArrayList<>();
  private final SnapshotObserver observer =
      new SnapshotObserver() {
        @Override
        public void snapshotTaken(DatasetPath filesystem, Instant at, Duration duration) {
          counted.add("%s taken in %d s".formatted(filesystem, duration.toSeconds()));
        }

        @Override
        public void filesystemFailed(DatasetPath filesystem) {
          counted.add(filesystem + " failed");
        }

        @Override
        public void hookEnded(HookSubject subject, String type, HookStep step) {
          counted.add(
              "%s %s %s %s"
                  .formatted(subject.filesystem(), type, step.edge().word(), step.status().word()));
        }
      };
  private Hooks hooks =
      new Hooks(List.of(), Duration.ofMinutes(10), time, observer, NOPLogger.NOP_LOGGER);

  private Optional<String> take(String... filesystems) throws InterruptedException {
    for (String filesystem : filesystems) {
      zfs.versions.putIfAbsent(DatasetPath.of(filesystem), new ArrayList<>());
    }
    return take(NOPLogger.NOP_LOGGER, Arrays.stream(filesystems).map(DatasetPath::of).toList());
  }

  private Optional<String> take(Logger log, List<DatasetPath> filesystems)
      throws InterruptedException {
    try (SnapshotLanes lanes = new SnapshotLanes(time, SnapshotLanes.PATIENCE, () -> {})) {
      return new SnapshotRound(zfs, time, hooks, observer, log, published::add, lanes)
          .take(filesystems, "z");
    }
  }

  private List<String> outcome() {
    return published.getLast().stream()
        .map(p -> p.path() + " " + p.state() + (p.error().isEmpty() ? "" : " " + p.error()))
        .toList();
  }

  @Test
  void takesAllOfAPoolWithOneCommand() throws InterruptedException {
    zfs.onSnapshot = snapshots -> time.pass(Duration.ofSeconds(3));
    assertThat(take("tank", "tank/b", "tank/a")).isEmpty();
    assertThat(zfs.commands).containsExactly("snapshot tank@z tank/b@z tank/a@z");
    assertThat(published.getFirst())
        .extracting(FilesystemProgress::state)
        .containsOnly(State.PENDING);
    assertThat(published.get(1)).extracting(FilesystemProgress::state).containsOnly(State.STARTED);
    assertThat(published.getLast()).containsExactly(done("tank"), done("tank/a"), done("tank/b"));
    assertThat(counted)
        .containsExactlyInAnyOrder(
            "tank taken in 3 s", "tank/a taken in 3 s", "tank/b taken in 3 s");
  }

  private static FilesystemProgress done(String path) {
    return new FilesystemProgress(
        DatasetPath.of(path),
        State.DONE,
        "z",
        Optional.of(T),
        "",
        false,
        Optional.of(T.plusSeconds(3)),
        "",
        Optional.empty());
  }

  @Test
  void eachPoolHasItsOwnCommand() throws InterruptedException {
    zfs.onSnapshot =
        snapshots -> {
          if (snapshots.iterator().next().filesystem().equals(DatasetPath.of("a"))) {
            throw SnapshottingZfs.failure(FailureScope.POOL, "pool a is suspended");
          }
        };
    assertThat(take("a", "a/x", "b", "b/x"))
        .contains("2 of 4 snapshots could not be taken; a and 1 more: pool a is suspended");
    assertThat(zfs.commands).containsExactlyInAnyOrder("snapshot a@z a/x@z", "snapshot b@z b/x@z");
    assertThat(outcome())
        .containsExactly(
            "a ERROR pool a is suspended", "a/x ERROR pool a is suspended", "b DONE", "b/x DONE");
  }

  @Test
  void nothingToTakeIsNoCommand() throws InterruptedException {
    assertThat(take()).isEmpty();
    assertThat(zfs.commands).isEmpty();
    assertThat(published.getLast()).isEmpty();
  }

  @Test
  void culpritsAreLeftOutAndTheRestTakenTogether() throws InterruptedException {
    zfs.culprits.put(DatasetPath.of("tank/b"), "out of space");
    zfs.culprits.put(DatasetPath.of("tank/d"), "dataset is busy");
    assertThat(take("tank/a", "tank/b", "tank/c", "tank/d"))
        .contains(
            "2 of 4 snapshots could not be taken; tank/b: out of space; tank/d: dataset is busy");
    assertThat(zfs.commands)
        .containsExactly(
            "snapshot tank/a@z tank/b@z tank/c@z tank/d@z", "snapshot tank/a@z tank/c@z");
    assertThat(outcome())
        .containsExactly(
            "tank/a DONE",
            "tank/b ERROR out of space",
            "tank/c DONE",
            "tank/d ERROR dataset is busy");
  }

  @Test
  void withoutCulpritsEachIsTakenByItself() throws InterruptedException {
    zfs.silent = true;
    zfs.culprits.put(DatasetPath.of("tank/b"), "x");
    assertThat(take("tank/a", "tank/b", "tank/c")).isPresent();
    assertThat(zfs.commands)
        .containsExactly(
            "snapshot tank/a@z tank/b@z tank/c@z",
            "snapshot tank/a@z",
            "snapshot tank/b@z",
            "snapshot tank/c@z");
    assertThat(outcome())
        .containsExactly("tank/a DONE", "tank/b ERROR cannot create snapshots", "tank/c DONE");
  }

  @Test
  void restIsTakenTogetherAsLongAsZfsNamesCulprits() throws InterruptedException {
    zfs.onlyFirstCulprit = true; // as it does with datasets that are gone
    for (String gone : List.of("tank/a", "tank/b", "tank/c")) {
      zfs.culprits.put(DatasetPath.of(gone), "dataset does not exist");
    }
    take("tank/a", "tank/b", "tank/c", "tank/d", "tank/e");
    assertThat(zfs.commands).hasSize(4).endsWith("snapshot tank/d@z tank/e@z");
    assertThat(outcome())
        .containsExactly(
            "tank/a ERROR dataset does not exist",
            "tank/b ERROR dataset does not exist",
            "tank/c ERROR dataset does not exist",
            "tank/d DONE",
            "tank/e DONE");
  }

  @Test
  void tooManyCulpritsOneAfterTheOtherEndTheAttemptsTogether() throws InterruptedException {
    zfs.onlyFirstCulprit = true;
    List<DatasetPath> all = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      all.add(DatasetPath.of("tank/%02d".formatted(i)));
      zfs.culprits.put(all.getLast(), "dataset does not exist");
    }
    List<String> told = new ArrayList<>();
    assertThat(take(new RecordingLogger(told::add), all)).isPresent();
    assertThat(zfs.commands).hasSize(30);
    assertThat(told)
        .anyMatch(line -> line.startsWith("WARN") && line.contains("not at one instant"));
  }

  @Test
  void lossOfTheCommonInstantIsTold() throws InterruptedException {
    zfs.silent = true;
    List<DatasetPath> all = List.of(DatasetPath.of("tank/a"), DatasetPath.of("tank/b"));
    zfs.culprits.put(all.getFirst(), "x");
    List<String> told = new ArrayList<>();
    take(new RecordingLogger(told::add), all);
    assertThat(told)
        .anyMatch(line -> line.startsWith("WARN") && line.contains("not at one instant"));
  }

  @Test
  void poolThatDoesNotAnswerIsTriedOnceMoreALittleLater() throws InterruptedException {
    zfs.onSnapshot =
        snapshots -> {
          if (time.elapsed().isZero()) {
            throw new ZfsException(
                ZfsProblem.POOL_SUSPENDED, "not started: process 1 still hangs", null);
          }
        };
    assertThat(take("tank/a", "tank/b")).isEmpty();
    assertThat(zfs.commands).hasSize(2);
    assertThat(time.elapsed()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void failureOfALaterCommandLeavesThoseOfEarlierOnesAlone() throws InterruptedException {
    List<DatasetPath> many = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      many.add(DatasetPath.of("tank/%s%04d".formatted("d".repeat(200), i)));
    }
    zfs.culprits.put(many.getLast(), "dataset does not exist");
    assertThat(take(NOPLogger.NOP_LOGGER, many).orElseThrow())
        .startsWith("1 of 6000 snapshots could not be taken");
    assertThat(zfs.commands).as("two for all, and one for the rest of the second").hasSize(3);
  }

  @Test
  void singleFilesystemIsTriedOnce() throws InterruptedException {
    zfs.silent = true;
    zfs.culprits.put(DatasetPath.of("tank"), "x");
    assertThat(take("tank"))
        .contains("1 of 1 snapshots could not be taken; tank: cannot create snapshots");
    assertThat(zfs.commands).hasSize(1);
  }

  @Test
  void troubleOfThePoolEndsTheSingleAttempts() throws InterruptedException {
    zfs.silent = true;
    zfs.culprits.put(DatasetPath.of("tank/a"), "x");
    zfs.onSnapshot =
        snapshots -> {
          if (zfs.commands.size() == 3) {
            throw SnapshottingZfs.failure(FailureScope.POOL, "suspended");
          }
        };
    take("tank/a", "tank/b", "tank/c", "tank/d");
    assertThat(zfs.commands).hasSize(3);
    assertThat(outcome())
        .containsExactly(
            "tank/a ERROR cannot create snapshots",
            "tank/b ERROR suspended",
            "tank/c ERROR suspended",
            "tank/d ERROR suspended");
  }

  @Test
  void nameThatIsTakenIsAFailure() throws InterruptedException, InvalidValueException {
    zfs.take(SnapshotPath.of(DatasetPath.of("tank/a"), "z"));
    assertThat(take("tank/a", "tank/b")).isPresent();
    assertThat(outcome()).containsExactly("tank/a ERROR dataset already exists", "tank/b DONE");
  }

  @Test
  void partOfACommandThatWasSplitCountsAsTakenUnlessItIsOlder()
      throws InterruptedException, InvalidValueException {
    zfs.take(SnapshotPath.of(DatasetPath.of("tank/old"), "z"));
    time.pass(Duration.ofHours(1));
    zfs.onSnapshot =
        snapshots -> {
          if (zfs.commands.size() == 1) {
            try {
              zfs.take(SnapshotPath.of(DatasetPath.of("tank/a"), "z"));
            } catch (InvalidValueException e) {
              throw new IllegalStateException(e);
            }
            throw SnapshottingZfs.failure(FailureScope.FILESYSTEM, "the second command failed");
          }
        };
    take("tank/a", "tank/b", "tank/old");
    assertThat(outcome())
        .containsExactly("tank/a DONE", "tank/b DONE", "tank/old ERROR dataset already exists");
  }

  @Test
  void filesystemWhoseNameIsTooLongFailsAlone() throws InterruptedException {
    String deep = "tank/" + "d".repeat(249);
    assertThat(take("tank", deep)).isPresent();
    assertThat(zfs.names("tank")).containsExactly("z");
    assertThat(outcome().getLast()).startsWith(deep + " ERROR").contains("ZFS allows 255");
  }

  @Test
  void defectIsAFailure() throws InterruptedException {
    zfs.onSnapshot =
        snapshots -> {
          throw new IllegalStateException("impossible");
        };
    assertThat(take("tank")).isPresent();
    assertThat(outcome().getFirst()).contains("ERROR").contains("impossible");
  }

  @Test
  void summaryNamesAFew() throws InterruptedException {
    for (String filesystem : List.of("t/a", "t/b", "t/c", "t/d", "t/e")) {
      zfs.culprits.put(DatasetPath.of(filesystem), "x");
    }
    assertThat(take("t", "t/a", "t/b", "t/c", "t/d", "t/e"))
        .contains("5 of 6 snapshots could not be taken; t/a and 4 more: x");
    zfs.culprits.put(DatasetPath.of("t/a"), "y");
    zfs.culprits.put(DatasetPath.of("t/b"), "z");
    zfs.culprits.put(DatasetPath.of("t/c"), "a");
    assertThat(take("t", "t/a", "t/b", "t/c", "t/d", "t/e"))
        .contains(
            "6 of 6 snapshots could not be taken; t: dataset already exists; t/a: y; t/b: z;"
                + " and 2 more reasons");
  }

  @Test
  void interruptEndsTheRound() {
    Thread test = Thread.currentThread();
    zfs.onSnapshot =
        snapshots -> {
          test.interrupt();
          new CountDownLatch(1).await(); // ended by the interrupt that the round passes on
        };
    assertThatThrownBy(() -> take("tank")).isInstanceOf(InterruptedException.class);
  }

  private void hook(boolean fatal, String program, String... filesystems) {
    Map<String, Boolean> patterns = new HashMap<>();
    Arrays.stream(filesystems).forEach(filesystem -> patterns.put(filesystem, true));
    try {
      HookSettings settings =
          new HookSettings.Command(
              new HookSettings.Common(DatasetFilter.of(patterns), Duration.ofSeconds(30), fatal),
              program);
      hooks =
          new Hooks(
              List.of(settings), Duration.ofMinutes(10), time, observer, NOPLogger.NOP_LOGGER);
    } catch (InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void filesystemsWithHooksAreTakenAloneAndTheOthersTogether() throws InterruptedException {
    hook(false, "/bin/true", "tank/db<");
    assertThat(take("tank", "tank/a", "tank/db", "tank/db/log")).isEmpty();
    assertThat(zfs.commands)
        .containsExactlyInAnyOrder(
            "snapshot tank@z tank/a@z", "snapshot tank/db@z", "snapshot tank/db/log@z");
    assertThat(published.getLast()).extracting(FilesystemProgress::state).containsOnly(State.DONE);
    assertThat(published.getLast().get(2).hooks()).contains("pre_snapshot", "post_snapshot");
    assertThat(published.getLast().get(0).hooks()).isEmpty();
    assertThat(counted)
        .contains("tank/db command pre_snapshot Ok", "tank/db/log command post_snapshot Ok");
  }

  @Test
  void failedHookIsAnErrorAlthoughTheSnapshotIsTaken() throws InterruptedException {
    hook(false, "/bin/false", "tank/db");
    assertThat(take("tank", "tank/db").orElseThrow())
        .startsWith(
            "hooks failed around 1 of 2 snapshots; tank/db: the snapshot was taken, but hook #1");
    assertThat(zfs.names("tank/db")).containsExactly("z");
    FilesystemProgress db = published.getLast().get(1);
    assertThat(db.state()).isEqualTo(State.ERROR);
    assertThat(db.hooksHadError()).isTrue();
    assertThat(counted)
        .contains(
            "tank/db taken in 0 s",
            "tank/db command post_snapshot SkippedDueToPreErr",
            "tank/db failed");
  }

  @Test
  void fatalHookMeansNoSnapshotOfThatFilesystem() throws InterruptedException {
    hook(true, "/bin/false", "tank/db");
    assertThat(take("tank", "tank/db").orElseThrow())
        .startsWith("1 of 2 snapshots could not be taken; tank/db: a hook failed without which");
    assertThat(zfs.names("tank/db")).isEmpty();
    assertThat(zfs.names("tank")).containsExactly("z");
    assertThat(counted).contains("tank/db failed");
  }

  @Test
  void snapshotThatFailsBetweenHooksIsItsOwnFailure() throws InterruptedException {
    hook(false, "/bin/true", "tank/db<");
    zfs.culprits.put(DatasetPath.of("tank/db"), "out of space");
    assertThat(take("tank/db", "tank/db/log"))
        .contains("1 of 2 snapshots could not be taken; tank/db: out of space");
    FilesystemProgress db = published.getLast().getFirst();
    assertThat(db.hooksHadError()).isFalse();
    assertThat(db.hooks()).contains("out of space");
    assertThat(counted).contains("tank/db command post_snapshot Ok", "tank/db/log taken in 0 s");
  }

  @Test
  void troubleOfThePoolSparesItsOtherFilesystemsTheirHooks() throws InterruptedException {
    hook(false, "/bin/true", "tank<", "other<");
    zfs.onSnapshot =
        snapshots -> {
          if (snapshots.iterator().next().filesystem().pool().equals(DatasetPath.of("tank"))) {
            throw SnapshottingZfs.failure(FailureScope.POOL, "suspended");
          }
        };
    take("tank/a", "tank/b", "other");
    assertThat(outcome())
        .containsExactly("other DONE", "tank/a ERROR suspended", "tank/b ERROR suspended");
    assertThat(zfs.commands).containsExactlyInAnyOrder("snapshot tank/a@z", "snapshot other@z");
    assertThat(counted).noneMatch(line -> line.startsWith("tank/b command"));
  }

  @Test
  void namesThatNeedSeveralCommandsAreTold() throws InterruptedException {
    List<String> told = new ArrayList<>();
    List<DatasetPath> many = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      many.add(DatasetPath.of("tank/%s%04d".formatted("d".repeat(200), i)));
    }
    assertThat(take(new RecordingLogger(told::add), many)).isEmpty();
    assertThat(told).anyMatch(line -> line.contains("not taken at one instant"));
  }
}
