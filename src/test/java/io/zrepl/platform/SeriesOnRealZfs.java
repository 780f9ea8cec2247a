package io.zrepl.platform;

import static io.zrepl.endpoint.ReplicationGuarantee.INCREMENTAL;
import static io.zrepl.endpoint.ReplicationGuarantee.RESUMABILITY;
import static io.zrepl.platform.AbstractionSite.SENDER;
import static io.zrepl.platform.AbstractionSite.SOURCE;
import static io.zrepl.platform.AbstractionSite.TARGET;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.lab.Guest;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.DestroyOutcome;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the series of OpenZFS do or say differently, or could: run on each of them. */
abstract class SeriesOnRealZfs {
  private static final int ALICE = 1000;
  private static final DatasetPath FILESYSTEM = DatasetPath.of(SOURCE);

  private final Guest guest;
  private final AbstractionSite site;

  SeriesOnRealZfs(Guest guest) {
    this.guest = guest;
    this.site = new AbstractionSite(guest);
  }

  @BeforeEach
  void makeSource() {
    guest.zfs("create", SOURCE);
  }

  @AfterEach
  void close() {
    site.close();
  }

  private void takeSnapshots(int from, int to) {
    for (int i = from; i <= to; i++) {
      guest.writeRandom("/" + SOURCE + "/file" + i, 8 * i);
      site.snapshot("" + i);
    }
  }

  /** Copying bookmarks is how a step from a bookmark is protected; it needs OpenZFS 2.0. */
  @Test
  void bookmarkOfASnapshotThatIsGoneIsCopied() throws Exception {
    takeSnapshots(1, 1);
    FilesystemVersion first = site.version(SOURCE + "@1");
    site.bookmark(first, "#mark");
    site.destroy(SOURCE + "@1");
    FilesystemVersion mark = site.version(SOURCE + "#mark");
    String cursor = site.cursor(first, SENDER);

    site.bookmark(mark, cursor);
    site.bookmark(mark, cursor);

    FilesystemVersion copy = site.version(SOURCE + cursor);
    assertThat(copy.isSameStateAs(mark)).isTrue();
    assertThat(copy.guid()).isEqualTo(first.guid());
    site.zfs.destroyBookmark((BookmarkPath) AbstractionSite.path(SOURCE + "#mark"));
    assertThat(site.bookmarks(SOURCE)).containsExactly(cursor);
  }

  @Test
  void stepFromABookmarkIsProtectedByACopyOfIt() throws Exception {
    takeSnapshots(1, 1);
    FilesystemVersion first = site.version(SOURCE + "@1");
    site.run(INCREMENTAL);
    site.bookmark(first, "#mark");
    site.zfs.destroyBookmark(
        (BookmarkPath) AbstractionSite.path(SOURCE + site.cursor(first, SENDER)));
    site.destroy(SOURCE + "@1");
    takeSnapshots(2, 2);
    site.cutStreamsAfter(2000);
    try {
      site.run(INCREMENTAL);
    } catch (OperationException e) {
      // it was cut
    }
    assertThat(site.bookmarks(SOURCE))
        .containsExactlyInAnyOrder(
            "#mark",
            site.tentative(first, SENDER),
            site.tentative(site.version(SOURCE + "@2"), SENDER));
    site.cutStreamsAfter(Long.MAX_VALUE);
    site.run(INCREMENTAL);
    assertThat(site.versions(TARGET)).containsExactly("@1", "@2");
  }

  @ParameterizedTest
  @EnumSource(
      value = ReplicationGuarantee.class,
      names = {"RESUMABILITY", "INCREMENTAL"})
  void stepsThatFollowEachOtherLeaveWhatTheLastOneLeaves(ReplicationGuarantee guarantee)
      throws Exception {
    takeSnapshots(1, 1);
    site.run(guarantee);
    takeSnapshots(2, 5);
    site.restart();
    RunResult result = site.run(guarantee);

    assertThat(result.steps(SOURCE)).containsExactly("@1->@2", "@2->@3", "@3->@4", "@4->@5");
    assertThat(site.versions(TARGET)).containsExactly("@1", "@2", "@3", "@4", "@5");
    assertThat(site.holds(SOURCE)).isEmpty();
    assertThat(site.bookmarks(SOURCE))
        .containsExactly(site.cursor(site.version(SOURCE + "@5"), SENDER));
    assertThat(site.holds(TARGET)).containsExactly("zrepl_last_received_J_receiver-job on 5");
  }

  /** ZFS tells the sizes of all steps at once as it tells them one by one, whatever the options. */
  @Test
  void severalStepsAreEstimatedAtOnceAsEachByItself() throws Exception {
    guest.zfs("set", "compression=on", "recordsize=1M", SOURCE);
    takeSnapshots(1, 4);
    guest.zfs("set", "user:property=1", SOURCE);
    assertEstimates(site.zfs, FILESYSTEM, SendFlags.NONE);
    assertEstimates(site.zfs, FILESYSTEM, flags(false, true, true));
    assertEstimates(site.zfs, FILESYSTEM, flags(true, false, true));

    guest.zfs("create", "-V", "8M", "src/volume");
    for (int i = 1; i <= 3; i++) {
      guest.zfs("snapshot", "src/volume@" + i);
    }
    assertEstimates(site.zfs, DatasetPath.of("src/volume"), SendFlags.NONE);

    guest.zfs("allow", "alice", "send", SOURCE);
    try (ProcessCommandRunner runner =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT.withPrograms(
                Map.of("zfs", guest.commandsAs(ALICE).resolve("zfs"))),
            CommandObserver.NONE,
            InstantSource.system())) {
      assertEstimates(new ZfsCommands(runner), FILESYSTEM, SendFlags.NONE);
    }
  }

  @Test
  void streamsWithManyOptionsArrive() throws Exception {
    guest.zfs("set", "compression=on", "recordsize=1M", "user:property=1", SOURCE);
    takeSnapshots(1, 3);
    // Not -b, with which ZFS sends only properties that were received themselves.
    site.flags = new SendFlags(false, false, true, false, true, true, true, false);
    site.initial = InitialReplication.ALL;
    site.restart();
    site.run(RESUMABILITY);
    takeSnapshots(4, 4);
    site.run(RESUMABILITY);

    assertThat(site.versions(TARGET)).containsExactly("@1", "@2", "@3", "@4");
    assertThat(guest.zfs("get", "-Hp", "-o", "source,value", "user:property", TARGET).strip())
        .isEqualTo("received\t1");
    guest.zfs("set", "mountpoint=/replica", TARGET);
    assertThat(guest.checksums("/replica")).isEqualTo(guest.checksums("/" + SOURCE));
  }

  private static SendFlags flags(boolean raw, boolean properties, boolean blocks) {
    return new SendFlags(false, raw, properties, properties, blocks, blocks, blocks, false);
  }

  private static void assertEstimates(Zfs zfs, DatasetPath filesystem, SendFlags flags)
      throws Exception {
    List<Snapshot> snapshots =
        zfs.versions(DatasetSelection.only(filesystem)).getOrDefault(filesystem, List.of()).stream()
            .map(Snapshot.class::cast)
            .toList();
    List<OptionalLong> single = new ArrayList<>();
    for (int i = 1; i < snapshots.size(); i++) {
      single.add(
          zfs.estimate(
              new SendArguments(
                  filesystem,
                  Optional.of(snapshots.get(i - 1)),
                  snapshots.get(i),
                  flags,
                  Optional.empty())));
    }
    assertThat(
            zfs.estimateSteps(
                filesystem, snapshots.getFirst(), snapshots.subList(1, snapshots.size()), flags))
        .as("%s %s", filesystem, flags)
        .isEqualTo(single);
  }

  @Test
  void heldSnapshotIsSaidToBeHeld() throws Exception {
    takeSnapshots(1, 1);
    guest.zfs("hold", "mine", SOURCE + "@1");
    List<DestroyOutcome> outcomes = site.zfs.destroySnapshots(FILESYSTEM, List.of("1"));
    assertThat(outcomes.getFirst().reason())
        .hasValueSatisfying(reason ->
            assertThat(reason)
                .contains(guest.series().equals("2.1") ? "dataset is busy" : "it's being held"));
    Snapshot held = (Snapshot) site.version(SOURCE + "@1");
    assertThat(site.sender().destroySnapshots(FILESYSTEM, List.of(held)).getFirst().error())
        .hasValueSatisfying(error -> assertThat(error).contains("held"));
  }

  @Test
  void destroyingASnapshotAfterStepsThatFollowedEachOtherMeetsNoHold() throws Exception {
    takeSnapshots(1, 4);
    site.initial = InitialReplication.ALL;
    site.run(RESUMABILITY);
    List<Snapshot> old =
        List.of((Snapshot) site.version(SOURCE + "@2"), (Snapshot) site.version(SOURCE + "@3"));
    assertThat(site.sender().destroySnapshots(FILESYSTEM, old))
        .allMatch(result -> result.error().isEmpty());
  }
}
