package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.DestroyOutcome;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listing and destroying, on names with blanks. */
@LabTest
class VersionsOnRealZfsTest {
  private static final DatasetPath FILESYSTEM = DatasetPath.of("src/foo bar");

  private final Guest guest;
  private final LabState state;
  private final LabReplication lab;

  VersionsOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.state = new LabState(guest);
    this.lab = new LabReplication(guest);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private static SnapshotPath snapshot(String filesystem, String name) throws Exception {
    return SnapshotPath.of(DatasetPath.of(filesystem), name);
  }

  private static BookmarkPath bookmark(String filesystem, String name) throws Exception {
    return BookmarkPath.of(DatasetPath.of(filesystem), name);
  }

  private Map<String, String> destroy(DatasetPath filesystem, String... names) throws Exception {
    return lab.zfs.destroySnapshots(filesystem, List.of(names)).stream()
        .collect(
            Collectors.toMap(DestroyOutcome::snapshotName, outcome -> outcome.reason().orElse("")));
  }

  @Test
  void a01BatchDestroyTakesAllButTheHeldSnapshotAndNamesIt() throws Exception {
    state.zfs(
        """
        create 'src/foo bar'
        snapshot 'src/foo bar@1'
        snapshot 'src/foo bar@2'
        snapshot 'src/foo bar@3'
        hold 'my hold' 'src/foo bar@2'
        """);

    Map<String, String> outcomes = destroy(FILESYSTEM, "3", "2");

    assertThat(outcomes).containsEntry("3", "").hasSize(2);
    assertThat(outcomes.get("2")).contains("src/foo bar@2");
    assertThat(state.snapshots("src/foo bar")).containsExactly("@1", "@2");
    guest.zfs("release", "my hold", "src/foo bar@2");
    assertThat(destroy(FILESYSTEM, "1", "2")).isEqualTo(Map.of("1", "", "2", ""));
    assertThat(state.snapshots("src/foo bar")).isEmpty();
  }

  @Test
  void a03WhatDoesNotExistIsToldApartFromWhatDoes() throws Exception {
    state.zfs(
        """
        create 'src/foo bar'
        snapshot 'src/foo bar@1'
        """);
    DatasetPath missing = DatasetPath.of("src/no such");

    DatasetListing listing =
        lab.zfs.datasets(DatasetSelection.exactly(List.of(FILESYSTEM, missing)));
    assertThat(listing.datasets()).extracting(Dataset::path).containsExactly(FILESYSTEM);
    assertThat(listing.missing()).containsExactly(missing);

    SnapshotPath existing = snapshot("src/foo bar", "1");
    List<VersionPath> asked =
        List.of(
            existing,
            snapshot("src/foo bar", "2"),
            bookmark("src/foo bar", "1"),
            snapshot("src/no such", "1"),
            bookmark("src/no such", "1"));
    assertThat(lab.zfs.lookup(asked)).containsOnlyKeys(existing);
  }

  @Test
  void a06DestroyingTwiceIsSuccess() throws Exception {
    state.zfs(
        """
        create 'src/foo bar'
        snapshot 'src/foo bar@1'
        bookmark 'src/foo bar@1' 'src/foo bar#1'
        """);
    for (int time = 0; time < 2; time++) {
      assertThat(destroy(FILESYSTEM, "1")).isEqualTo(Map.of("1", ""));
      lab.zfs.destroyBookmark(bookmark("src/foo bar", "1"));
    }
    assertThat(state.snapshots("src/foo bar")).isEmpty();
    assertThat(state.bookmarks("src/foo bar")).isEmpty();

    assertThat(destroy(DatasetPath.of("src/no such"), "1", "2"))
        .isEqualTo(Map.of("1", "", "2", ""));
    lab.zfs.destroyBookmark(bookmark("src/no such", "1"));
    assertThatThrownBy(() -> guest.zfs("destroy", "src/foo bar@1"))
        .as("what ZFS itself says")
        .hasMessageContaining("could not find any snapshots to destroy");
  }

  @Test
  void a08VersionsOfAMissingFilesystemAreNoneAndTheEndpointNamesIt() throws Exception {
    DatasetPath missing = DatasetPath.of("src/s/no such");
    assertThat(lab.zfs.versions(DatasetSelection.only(missing))).isEmpty();

    assertThatThrownBy(() -> lab.newSender().listVersions(missing))
        .hasMessageContaining("src/s/no such does not exist");
    assertThatThrownBy(() -> lab.newReceiver().listVersions(missing)).hasMessageContaining("dst/r");
    guest.zfs("create", "dst/r");
    assertThatThrownBy(() -> lab.newReceiver().listVersions(missing))
        .hasMessageContaining("src/s/no such does not exist");
  }

  @Test
  void a11FilesystemWithoutVersionsIsNoError() throws Exception {
    guest.zfs("create", "src/s");
    DatasetPath empty = DatasetPath.of("src/s");
    assertThat(lab.zfs.versions(DatasetSelection.only(empty))).isEmpty();
    assertThat(lab.newSender().listVersions(empty)).isEmpty();
  }

  @Test
  void a12FilesystemsAndVolumesOfAllLevelsAreListed() throws Exception {
    state.zfs(
        """
        create 'src/foo bar'
        create 'src/foo bar/blah blah'
        create 'src/foo bar/blah blah/volumes'
        create -s -V 8M 'src/foo bar/blah blah/volumes/a volume'
        create src/baz
        """);

    assertThat(lab.zfs.datasets(new DatasetSelection.Everything()).datasets())
        .extracting(dataset -> dataset.path().toString())
        .containsExactly(
            "dst",
            "src",
            "src/baz",
            "src/foo bar",
            "src/foo bar/blah blah",
            "src/foo bar/blah blah/volumes",
            "src/foo bar/blah blah/volumes/a volume");
  }

  @Test
  void a47ExactlyTheHeldSnapshotIsUndestroyableAndTheReasonIsItsHold() throws Exception {
    state.zfs(
        """
        create 'src/foo bar'
        snapshot 'src/foo bar@1 2 3'
        snapshot 'src/foo bar@4 5 6'
        snapshot 'src/foo bar@7 8 9'
        hold zrepl_test 'src/foo bar@4 5 6'
        """);

    Map<String, String> outcomes = destroy(FILESYSTEM, "1 2 3", "4 5 6", "7 8 9");

    assertThat(outcomes).containsEntry("1 2 3", "").containsEntry("7 8 9", "");
    // OpenZFS before 2.2 says the first, later ones the second.
    assertThat(outcomes.get("4 5 6")).containsAnyOf("dataset is busy", "it's being held");
    assertThat(state.snapshots("src/foo bar")).containsExactly("@4 5 6");
  }

  @Test
  void moreThanAThousandSnapshotsAreDestroyedAtOnce() throws Exception {
    // Only few of them exist, since each takes its time to make; ZFS passes over the others. That
    // they would all be destroyed is shown with a fake.
    state.zfs(
        """
        create 'src/foo bar'
        snapshot 'src/foo bar@s1'
        snapshot 'src/foo bar@s600'
        snapshot 'src/foo bar@s1200'
        hold 'my hold' 'src/foo bar@s600'
        """);

    Map<String, String> outcomes =
        destroy(
            FILESYSTEM,
            IntStream.rangeClosed(1, 1200).mapToObj(i -> "s" + i).toArray(String[]::new));

    assertThat(outcomes).hasSize(1200);
    assertThat(outcomes.entrySet().stream().filter(entry -> !entry.getValue().isEmpty()))
        .extracting(Map.Entry::getKey)
        .containsExactly("s600");
    assertThat(state.snapshots("src/foo bar")).containsExactly("@s600");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tr-TR", "ar-EG-u-nu-arab"})
  void localeOfTheProgramDoesNotMatter(String tag) throws Exception {
    state.zfs(
        """
        create 'src/foo bar'
        snapshot 'src/foo bar@1'
        snapshot 'src/foo bar@2'
        hold 'my hold' 'src/foo bar@2'
        """);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(tag));
    try {
      Map<String, String> outcomes = destroy(FILESYSTEM, "1", "2");
      assertThat(outcomes).containsEntry("1", "");
      assertThat(outcomes.get("2")).isNotEmpty();
      assertThat(lab.zfs.lookup(List.of(snapshot("src/foo bar", "2"))).values())
          .singleElement()
          .extracting(FilesystemVersion::guid)
          .hasToString(state.guid("src/foo bar@2"));
      assertThatThrownBy(() -> lab.zfs.hold("tag", List.of(snapshot("src/INTERN", "1"))))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> assertThat(e.problem()).isEqualTo(ZfsProblem.DATASET_MISSING));
    } finally {
      Locale.setDefault(before);
    }
  }
}
