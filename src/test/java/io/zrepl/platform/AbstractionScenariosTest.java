package io.zrepl.platform;

import static io.zrepl.endpoint.ReplicationGuarantee.INCREMENTAL;
import static io.zrepl.endpoint.ReplicationGuarantee.NOTHING;
import static io.zrepl.endpoint.ReplicationGuarantee.RESUMABILITY;
import static io.zrepl.platform.AbstractionSite.SENDER;
import static io.zrepl.platform.AbstractionSite.SOURCE;
import static io.zrepl.platform.AbstractionSite.TARGET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Hold;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds, cursors and bookmarks on real ZFS. */
@LabTest(poolSize = 128)
class AbstractionScenariosTest {
  private final Guest guest;
  private final AbstractionSite site;

  AbstractionScenariosTest(Guest guest) {
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

  private static SnapshotPath snapshot(String name) {
    return (SnapshotPath) AbstractionSite.path(name);
  }

  @Test
  void a02CursorIsMadeOfSnapshotsAndOfBookmarksAndMakingItAgainIsSuccess() throws Exception {
    site.snapshot("1 with blank", "2 with blank", "3 with blank");
    FilesystemVersion first = site.version(SOURCE + "@1 with blank");
    FilesystemVersion third = site.version(SOURCE + "@3 with blank");
    site.bookmark(first, "#1 with blank");
    site.bookmark(third, "#3 with blank");
    site.destroy(SOURCE + "@3 with blank");
    String cursor = site.cursor(first, SENDER);

    site.bookmark(first, cursor);
    site.bookmark(first, cursor);
    site.bookmark(site.version(SOURCE + "#1 with blank"), cursor);
    site.bookmark(site.version(SOURCE + cursor), cursor);
    site.sender().listFilesystems();
    assertThat(site.sender().replicationCursor(DatasetPath.of(SOURCE))).contains(first.guid());
    assertThat(site.version(SOURCE + cursor).createTxg()).isEqualTo(first.createTxg());

    // Cloning a bookmark whose snapshot is gone: not with Go zrepl, but OpenZFS can.
    String ofThird = site.cursor(third, SENDER);
    site.bookmark(site.version(SOURCE + "#3 with blank"), ofThird);
    assertThat(site.version(SOURCE + ofThird).guid()).isEqualTo(third.guid());
  }

  @Test
  void a04HoldsWithBlanksInTheirTagsAreListed() throws Exception {
    site.snapshot("snap name");
    SnapshotPath snapshot = snapshot(SOURCE + "@snap name");
    site.zfs.hold("tag 1", List.of(snapshot));
    site.zfs.hold("tag  2", List.of(snapshot));
    assertThat(site.zfs.holds(List.of(snapshot)))
        .containsExactlyInAnyOrder(new Hold(snapshot, "tag 1"), new Hold(snapshot, "tag  2"));
  }

  @Test
  void a05BookmarkIsIdempotentButNeverReplacesAnother() throws Exception {
    site.snapshot("1", "2");
    FilesystemVersion first = site.version(SOURCE + "@1");
    FilesystemVersion second = site.version(SOURCE + "@2");
    site.bookmark(first, "#mark");
    site.bookmark(first, "#mark");
    assertThat(site.version(SOURCE + "#mark").guid()).isEqualTo(first.guid());
    assertThatThrownBy(() -> site.bookmark(second, "#mark"))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("a bookmark of another snapshot");
    assertThat(site.version(SOURCE + "#mark").guid()).isEqualTo(first.guid());
    site.destroy(SOURCE + "@1");
    assertThatThrownBy(() -> site.bookmark(first, "#other"))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("does not exist");
    BookmarkPath mark = (BookmarkPath) AbstractionSite.path(SOURCE + "#mark");
    site.zfs.destroyBookmark(mark);
    assertThatCode(() -> site.zfs.destroyBookmark(mark)).doesNotThrowAnyException();
  }

  @Test
  void a07HoldAndReleaseAreIdempotent() throws Exception {
    site.snapshot("1");
    List<SnapshotPath> snapshots = List.of(snapshot(SOURCE + "@1"));
    site.zfs.hold("tag", snapshots);
    site.zfs.hold("tag", snapshots);
    assertThat(site.zfs.holds(snapshots)).hasSize(1);
    site.zfs.release("tag", snapshots);
    site.zfs.release("tag", snapshots);
    assertThat(site.zfs.holds(snapshots)).isEmpty();
  }

  @Test
  void a09a10VersionsAreThoseOfTheFilesystemAloneWithTheNumbersOfTheirHolds() throws Exception {
    guest.zfs("create", SOURCE + "/child");
    List<String> names = List.of("foo 1", "foo 2", "blup 1", " foo with leading whitespace");
    for (int holds = 0; holds < names.size(); holds++) {
      String name = names.get(holds);
      guest.zfs("snapshot", "-r", SOURCE + "@" + name);
      for (int i = 0; i < holds % 3; i++) {
        site.zfs.hold("tag " + i, List.of(snapshot(SOURCE + "@" + name)));
      }
      if (holds < 3) {
        guest.zfs("bookmark", SOURCE + "@" + name, SOURCE + "#" + name);
        guest.zfs("bookmark", SOURCE + "/child@" + name, SOURCE + "/child#child " + name);
      }
    }
    for (String number : List.of("1", "2")) {
      guest.zfs("bookmark", SOURCE + "@foo " + number, SOURCE + "#bookfoo " + number);
    }
    Set<String> expected = new TreeSet<>(List.of("#bookfoo 1", "#bookfoo 2"));
    names.forEach(name -> expected.add("@" + name));
    names.subList(0, 3).forEach(name -> expected.add("#" + name));
    assertThat(site.versions(SOURCE)).isEqualTo(expected);

    DatasetPath path = DatasetPath.of(SOURCE);
    for (FilesystemVersion version :
        site.zfs.versions(DatasetSelection.only(path)).getOrDefault(path, List.of())) {
      switch (version) {
        case Snapshot snapshot ->
            assertThat(snapshot.userReferences())
                .as(snapshot.name())
                .hasValue(names.indexOf(snapshot.name()) % 3);
        case Bookmark bookmark -> assertThat(expected).contains("#" + bookmark.name());
      }
    }
  }

  /**
   * A.16 and A.17: whether or not the endpoints are those of the first run, the second one cleans
   * up what a job of the same name has left, and nothing of others.
   */
  @ParameterizedTest(name = "a16a17, endpoints made anew: {0}")
  @ValueSource(booleans = {true, false})
  void a16a17StaleObjectsOfTheJobAreCleanedUpAndThoseOfOthersKept(boolean restart)
      throws Exception {
    site.snapshot("1", "2");
    FilesystemVersion second = site.version(SOURCE + "@2");
    site.bookmark(second, "#2");
    site.snapshot("3");
    FilesystemVersion third = site.version(SOURCE + "@3");
    site.run(RESUMABILITY);
    assertThat(site.holds(TARGET)).containsExactly("zrepl_last_received_J_receiver-job on 3");
    assertThat(site.bookmarks(SOURCE)).containsExactly("#2", site.cursor(third, SENDER));

    for (String job : List.of(SENDER, "other-job")) {
      site.bookmark(second, site.cursor(second, job));
      site.bookmark(third, site.tentative(third, job));
      site.zfs.hold(
          AbstractionSite.stepTag(job), List.of(snapshot(SOURCE + "@1"), snapshot(SOURCE + "@2")));
    }
    site.zfs.hold(AbstractionSite.receivedTag("other-job"), List.of(snapshot(TARGET + "@3")));
    site.snapshot("4", "5");
    if (restart) {
      site.restart();
    }
    site.run(RESUMABILITY);

    FilesystemVersion fifth = site.version(SOURCE + "@5");
    assertThat(site.versions(SOURCE))
        .containsExactlyInAnyOrder(
            "@1",
            "@2",
            "@3",
            "@4",
            "@5",
            "#2",
            site.cursor(fifth, SENDER),
            site.cursor(second, "other-job"),
            site.tentative(third, "other-job"));
    assertThat(site.holds(SOURCE))
        .containsExactly("zrepl_STEP_J_other-job on 1", "zrepl_STEP_J_other-job on 2");
    assertThat(site.versions(TARGET)).containsExactly("@3", "@4", "@5");
    assertThat(site.holds(TARGET))
        .containsExactly(
            "zrepl_last_received_J_other-job on 3", "zrepl_last_received_J_receiver-job on 5");
  }

  @Test
  void a18ChangeOfTheGuaranteeDuringAnInterruptedStepLeaksNothing() throws Exception {
    site.snapshot("1");
    site.run(RESUMABILITY);
    guest.writeRandom("/" + SOURCE + "/file", 4096);
    site.snapshot("2");
    site.cutStreamsAfter(1 << 20);
    assertThatThrownBy(() -> site.run(RESUMABILITY))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining(CutStream.MESSAGE);
    assertThat(site.versions(TARGET)).containsExactly("@1");
    assertThat(site.holds(SOURCE))
        .containsExactly("zrepl_STEP_J_sender-job on 1", "zrepl_STEP_J_sender-job on 2");

    for (int runs = 1; !site.exists(TARGET + "@2"); runs++) {
      assertThat(runs).as("runs until it arrives").isLessThanOrEqualTo(5);
      try {
        site.run(INCREMENTAL);
      } catch (OperationException e) {
        assertThat(e).hasMessageContaining(CutStream.MESSAGE);
      }
    }
    assertThat(site.holds(SOURCE)).isEmpty();
    assertThat(site.bookmarks(SOURCE))
        .containsExactly(site.cursor(site.version(SOURCE + "@2"), SENDER));
    assertThat(site.holds(TARGET)).containsExactly("zrepl_last_received_J_receiver-job on 2");
  }

  @Test
  void a19TentativeCursorMayBeTheBaseOfAStepThatProtectsNothing() throws Exception {
    site.snapshot("1");
    FilesystemVersion first = site.version(SOURCE + "@1");
    site.run(INCREMENTAL);
    String tentative = site.tentative(first, SENDER);
    site.bookmark(first, tentative);
    site.destroy(SOURCE + "@1", SOURCE + site.cursor(first, SENDER));
    site.snapshot("2");

    RunResult result = site.run(NOTHING);

    assertThat(result.steps(SOURCE)).containsExactly(tentative + "->@2");
    assertThat(site.versions(TARGET)).containsExactly("@1", "@2");
    assertThat(site.versions(SOURCE)).as("nothing is protected any more").containsExactly("@2");
    assertThat(site.holds(TARGET)).isEmpty();
  }

  @Test
  void a33LostConfirmationOfIncrementalGuaranteeDoesNotPreventTheNextStep() throws Exception {
    site.snapshot("1");
    site.run(INCREMENTAL);
    site.snapshot("2");
    site.loseConfirmations(true);
    site.run(INCREMENTAL);
    assertThat(site.holds(TARGET)).containsExactly("zrepl_last_received_J_receiver-job on 2");
    FilesystemVersion second = site.version(SOURCE + "@2");
    site.destroy(SOURCE + "@2", SOURCE + "@1", TARGET + "@1");
    site.snapshot("3");
    site.loseConfirmations(false);

    RunResult result = site.run(INCREMENTAL);

    assertThat(result.steps(SOURCE)).containsExactly(site.tentative(second, SENDER) + "->@3");
    assertThat(site.versions(TARGET)).containsExactly("@2", "@3");
    assertThat(site.bookmarks(SOURCE))
        .containsExactly(site.cursor(site.version(SOURCE + "@3"), SENDER));
  }

  @Test
  void a34LostConfirmationOfResumabilityKeepsTheSnapshotsHeld() throws Exception {
    site.snapshot("1");
    site.run(RESUMABILITY);
    site.snapshot("2");
    site.loseConfirmations(true);
    site.run(RESUMABILITY);
    for (String name : List.of("2", "1")) {
      assertThat(site.zfs.destroySnapshots(DatasetPath.of(SOURCE), List.of(name)))
          .singleElement()
          .satisfies(outcome -> assertThat(outcome.reason()).isPresent());
    }
    site.destroy(TARGET + "@1");
    site.snapshot("3");
    site.loseConfirmations(false);

    site.run(RESUMABILITY);

    assertThat(site.versions(TARGET)).containsExactly("@2", "@3");
    assertThat(site.holds(SOURCE)).isEmpty();
    assertThat(site.bookmarks(SOURCE))
        .containsExactly(site.cursor(site.version(SOURCE + "@3"), SENDER));
  }
}
