package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

class SnapshotRoundTest {
  private static final Instant T = Instant.ofEpochSecond(1_000_000);

  private final VirtualTime time = new VirtualTime(T, Duration.ofDays(1));
  private final SnapshottingZfs zfs = new SnapshottingZfs(time);
  private final List<List<FilesystemProgress>> published = new ArrayList<>();

  private Optional<String> take(String... filesystems) throws InterruptedException {
    for (String filesystem : filesystems) {
      zfs.versions.putIfAbsent(DatasetPath.of(filesystem), new ArrayList<>());
    }
    return new SnapshotRound(zfs, time, NOPLogger.NOP_LOGGER, published::add)
        .take(Arrays.stream(filesystems).map(DatasetPath::of).toList(), "z");
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
        "");
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
  void whenTheRestFailsTooEachIsTakenByItself() throws InterruptedException {
    zfs.culprits.put(DatasetPath.of("tank/a"), "first");
    zfs.onSnapshot =
        snapshots -> {
          if (zfs.commands.size() == 2) {
            zfs.culprits.put(DatasetPath.of("tank/b"), "second");
          }
        };
    take("tank/a", "tank/b", "tank/c", "tank/d");
    assertThat(zfs.commands)
        .containsExactly(
            "snapshot tank/a@z tank/b@z tank/c@z tank/d@z",
            "snapshot tank/b@z tank/c@z tank/d@z",
            "snapshot tank/c@z",
            "snapshot tank/d@z");
    assertThat(outcome())
        .containsExactly("tank/a ERROR first", "tank/b ERROR second", "tank/c DONE", "tank/d DONE");
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
}
