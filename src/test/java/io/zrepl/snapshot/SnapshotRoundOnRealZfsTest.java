package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.snapshot.hook.HookObserver;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.ZfsCommands;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

/** What real ZFS says about the snapshots of a round, and what becomes of the others. */
@LabTest
class SnapshotRoundOnRealZfsTest {
  private final Guest guest;

  SnapshotRoundOnRealZfsTest(Guest guest) {
    this.guest = guest;
  }

  /** The filesystems of the round with their states. */
  private List<String> take(String... filesystems) throws Exception {
    List<List<FilesystemProgress>> published = new ArrayList<>();
    try (ProcessCommandRunner runner = guest.commandRunner();
        SnapshotLanes lanes =
            new SnapshotLanes(RequestableSleep.system(), SnapshotLanes.PATIENCE, () -> {})) {
      Optional<String> _ =
          new SnapshotRound(
                  new ZfsCommands(runner),
                  InstantSource.system(),
                  new Hooks(
                      List.of(),
                      Duration.ofMinutes(10),
                      InstantSource.system(),
                      HookObserver.NONE,
                      NOPLogger.NOP_LOGGER),
                  SnapshotObserver.NONE,
                  NOPLogger.NOP_LOGGER,
                  published::add,
                  lanes)
              .take(Arrays.stream(filesystems).map(DatasetPath::of).toList(), "z");
    }
    return published.getLast().stream()
        .map(p -> p.path() + " " + p.state() + (p.error().isEmpty() ? "" : " " + p.error()))
        .toList();
  }

  private List<String> distinctCreation(String... snapshots) {
    List<String> arguments =
        new ArrayList<>(List.of("get", "-H", "-p", "-o", "value", "createtxg"));
    arguments.addAll(List.of(snapshots));
    return guest.zfsLines(arguments.toArray(String[]::new)).stream().distinct().toList();
  }

  @Test
  void allOfAPoolAreTakenAtOneInstant() throws Exception {
    guest.shell("zfs create src/a; zfs create src/a/b; zfs create -V 1M src/vol; zfs create dst/c");
    assertThat(take("src/a", "src/a/b", "src/vol", "dst/c"))
        .containsExactly("dst/c DONE", "src/a DONE", "src/a/b DONE", "src/vol DONE");
    assertThat(distinctCreation("src/a@z", "src/a/b@z", "src/vol@z")).hasSize(1);
  }

  @Test
  void filesystemThatIsGoneAndNameThatIsTakenKeepNobodyElseFromTheirs() throws Exception {
    guest.shell("for f in a b c d; do zfs create src/$f; done; zfs snapshot src/b@z");
    assertThat(take("src/a", "src/b", "src/c", "src/d"))
        .containsExactly(
            "src/a DONE", "src/b ERROR dataset already exists", "src/c DONE", "src/d DONE");
    assertThat(distinctCreation("src/a@z", "src/c@z", "src/d@z")).hasSize(1);

    guest.shell("for f in a b c d; do zfs destroy src/$f@z; done");
    assertThat(take("src/a", "src/b", "src/gone", "src/c", "src/d"))
        .containsExactly(
            "src/a DONE",
            "src/b DONE",
            "src/c DONE",
            "src/d DONE",
            "src/gone ERROR dataset does not exist");
    assertThat(distinctCreation("src/a@z", "src/b@z", "src/c@z", "src/d@z")).hasSize(1);
  }

  @Test
  void quotaOfOneKeepsNobodyElseFromTheirs() throws Exception {
    // a snapshot of the volume needs room for a second copy of what it holds
    guest.shell(
        """
        zfs create src/a
        zfs create -o quota=20M src/q
        zfs create -V 8M src/q/vol
        dd if=/dev/urandom of=/dev/zvol/src/q/vol bs=1M count=8 2>/dev/null
        zpool sync
        zfs create src/q/f
        dd if=/dev/urandom of=/src/q/f/file bs=1M count=8 2>/dev/null
        zpool sync
        """);
    List<String> end = take("src/a", "src/q/vol");
    assertThat(end.get(0)).isEqualTo("src/a DONE");
    assertThat(end.get(1)).isEqualTo("src/q/vol ERROR out of space");
  }
}
