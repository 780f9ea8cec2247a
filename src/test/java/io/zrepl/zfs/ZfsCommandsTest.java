package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.PropertyName;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class ZfsCommandsTest {
  static final List<String> VERSIONS = Recordings.VERSIONS;

  private static final String GET =
      "zfs|get|-Hp|-o|name,property,value,source|%s-t|filesystem,volume|zrepl:placeholder,receive_resume_token,encryption";
  private static final String LIST =
      "zfs|list|-H|-p|-o|name,guid,createtxg,creation,userrefs|-t|snapshot,bookmark";

  private final FakeRunner runner = new FakeRunner();
  private final Zfs zfs = new ZfsCommands(runner);

  private static DatasetPath dataset(String path) {
    return DatasetPath.of(path);
  }

  private static VersionPath version(String path) {
    try {
      return VersionPath.parse(path);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static SnapshotPath snapshot(String path) {
    return (SnapshotPath) version(path);
  }

  private static BookmarkPath bookmark(String path) {
    return (BookmarkPath) version(path);
  }

  private static List<SnapshotPath> snapshots(String... paths) {
    return Arrays.stream(paths).map(ZfsCommandsTest::snapshot).toList();
  }

  // ---- listings

  @Test
  void listsDatasetsOfSubtreesWithOneCommand() throws Exception {
    runner.replay(Recordings.of("2.3.2").get("datasets-subtrees"));
    DatasetListing listing =
        zfs.datasets(new DatasetSelection.Subtrees(Set.of(dataset("tank/a"), dataset("back"))));
    assertThat(runner.lines()).containsExactly(GET.formatted("-r|") + "|back|tank/a");
    assertThat(listing.missing()).isEmpty();
    assertThat(listing.datasets())
        .extracting(found -> found.path().toString())
        .containsExactly(
            "back",
            "back/partial",
            "back/ph",
            "back/ph/child",
            "back/tabs",
            "tank/a",
            "tank/a/b c",
            "tank/a/vol");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void missingRootsAreNoFailure(String version) throws Exception {
    runner.replay(Recordings.of(version).get("datasets-subtrees-missing"));
    Set<DatasetPath> roots = Set.of(dataset("back/nosuch"), dataset("nopool"), dataset("tank/a"));
    DatasetListing listing = zfs.datasets(new DatasetSelection.Subtrees(roots));
    assertThat(listing.missing())
        .containsExactlyInAnyOrder(dataset("back/nosuch"), dataset("nopool"));
    assertThat(listing.datasets()).hasSize(3);
  }

  @Test
  void listsEverythingWithoutNames() throws Exception {
    runner.succeed("").succeed("");
    zfs.datasets(new DatasetSelection.Everything());
    zfs.versions(new DatasetSelection.Everything());
    assertThat(runner.lines()).containsExactly(GET.formatted(""), LIST);
  }

  @Test
  void listsExactDatasetsOnly() throws Exception {
    runner.replay(Recordings.of("2.1.11").get("datasets-exactly"));
    runner.succeed("back\n"); // the pool of the missing one is imported
    DatasetListing listing =
        zfs.datasets(
            DatasetSelection.exactly(
                List.of(dataset("tank/enc"), dataset("tank/a/b c"), dataset("back/nosuch"))));
    assertThat(runner.lines())
        .containsExactly(
            GET.formatted("") + "|back/nosuch|tank/a/b c|tank/enc", "zfs|list|-H|-o|name|back");
    assertThat(listing.missing()).containsExactly(dataset("back/nosuch"));
    assertThat(listing.datasets()).extracting(Dataset::encrypted).containsExactly(false, true);
  }

  @Test
  void sizesAreOwnOnesAndWhatIsMissingHasNone() throws Exception {
    runner.succeed("tank/a\t5000\t1000\ntank/b c\t77\t0\n");
    assertThat(zfs.sizes(List.of(dataset("tank/b c"), dataset("tank/a"))))
        .containsExactly(Map.entry(dataset("tank/a"), 4000L), Map.entry(dataset("tank/b c"), 77L));
    assertThat(runner.lines())
        .containsExactly(
            "zfs|list|-H|-p|-o|name,used,usedbychildren|-t|filesystem,volume|tank/a|tank/b c");
    assertThat(zfs.sizes(List.of())).isEmpty();
    assertThat(runner.commands).hasSize(1);
  }

  @Test
  void whatDestroyWouldRefuseIsToldAndTheRestEstimatedWithoutIt() throws Exception {
    runner.fail(
        1,
        "cannot destroy 'tank/a@2': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\ntank/clone\n");
    runner.succeed("destroy\ttank/a@1\ndestroy\ttank/a@3\nreclaim\t4096\n");
    Reclaimable outlook = zfs.reclaimable(dataset("tank/a"), List.of("1", "2", "3"));
    assertThat(outlook)
        .isEqualTo(
            new Reclaimable(OptionalLong.of(4096), Map.of("2", "snapshot has dependent clones")));
    assertThat(runner.lines())
        .containsExactly("zfs|destroy|-nvp|tank/a@1,2,3", "zfs|destroy|-nvp|tank/a@1,3");
    runner.fail(1, "internal error: something else\n");
    assertThat(zfs.reclaimable(dataset("tank/a"), List.of("1"))).isEqualTo(Reclaimable.UNKNOWN);
  }

  @Test
  void emptySelectionRunsNothing() throws Exception {
    assertThat(zfs.datasets(DatasetSelection.exactly(List.of())).datasets()).isEmpty();
    assertThat(zfs.versions(DatasetSelection.exactly(List.of()))).isEmpty();
    assertThat(zfs.lookup(List.of())).isEmpty();
    zfs.hold("t", List.of());
    zfs.release("t", List.of());
    zfs.snapshot(List.of());
    assertThat(zfs.holds(List.of())).isEmpty();
    assertThat(runner.commands).isEmpty();
  }

  @Test
  void anyOtherComplaintFailsTheListing() {
    runner.fail(1, "cannot open 'tank/a': dataset does not exist\ncannot open 'back': I/O error\n");
    assertThatThrownBy(() ->
            zfs.datasets(new DatasetSelection.Subtrees(Set.of(dataset("tank/a"), dataset("back")))))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.scope()).isEqualTo(FailureScope.POOL));
  }

  @Test
  void failureWithoutWordsFailsTheListing() {
    runner.fail(1, "");
    assertThatThrownBy(() -> zfs.versions(DatasetSelection.subtree(dataset("tank"))))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("status 1 and no message");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void listsVersionsInOrderOfCreation(String recorded) throws Exception {
    runner.replay(Recordings.of(recorded).get("versions-subtrees"));
    Map<DatasetPath, List<FilesystemVersion>> versions =
        zfs.versions(DatasetSelection.subtree(dataset("tank/a")));
    assertThat(runner.lines()).containsExactly(LIST + "|-r|tank/a");
    assertThat(versions)
        .containsOnlyKeys(dataset("tank/a"), dataset("tank/a/b c"), dataset("tank/a/vol"));
    assertThat(versions.getOrDefault(dataset("tank/a"), List.of()))
        .extracting(FilesystemVersion::relativeName)
        .containsExactly("#1", "@1", "#two words", "@two words", "@3");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void exactVersionsExcludeChildrenAndTolerateMissing(String recorded) throws Exception {
    runner.replay(Recordings.of(recorded).get("versions-exactly-missing")).succeed("nopool\n");
    Map<DatasetPath, List<FilesystemVersion>> versions =
        zfs.versions(
            DatasetSelection.exactly(
                List.of(dataset("nopool"), dataset("tank/a"), dataset("tank/nosuch"))));
    assertThat(runner.lines())
        .containsExactly(LIST + "|-d|1|nopool|tank/a|tank/nosuch", "zfs|list|-H|-o|name|nopool");
    assertThat(versions).containsOnlyKeys(dataset("tank/a"));
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void filesystemsOfAPoolThatIsGoneAreNotListedAsWithoutSnapshots(String recorded) {
    runner
        .replay(Recordings.of(recorded).get("versions-exactly-missing"))
        .replay(Recordings.of(recorded).get("list-missing-pool"));
    assertThatThrownBy(() ->
            zfs.versions(DatasetSelection.exactly(List.of(dataset("nopool"), dataset("tank/a")))))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.POOL_MISSING));
  }

  @Test
  void garbledListingIsAFailure() {
    runner.succeed("tank/a@1\t1\t2\n");
    assertThatThrownBy(() -> zfs.versions(DatasetSelection.subtree(dataset("tank"))))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("unexpected output");
  }

  @Test
  void longListingsAreSplit() throws Exception {
    FakeRunner counting = FakeRunner.always(c -> new CommandResult(c, 0, "", ""));
    List<DatasetPath> datasets =
        IntStream.range(0, 1500).mapToObj(i -> dataset("tank/%0100d".formatted(i))).toList();
    new ZfsCommands(counting).versions(DatasetSelection.exactly(datasets));
    assertThat(counting.commands).hasSize(3);
    assertThat(counting.commands.stream().mapToInt(c -> c.arguments().size() - 9).sum())
        .isEqualTo(1500 + 3);
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void looksUpVersionsAndLeavesOutMissing(String recorded) throws Exception {
    runner.replay(Recordings.of(recorded).get("lookup-missing"));
    runner.succeed("nopool\n");
    List<VersionPath> asked = new ArrayList<>();
    for (String path :
        List.of(
            "tank/a@1",
            "tank/a@nosuch",
            "tank/a#nosuch",
            "tank/nosuch@x",
            "tank/nosuch#x",
            "nopool/a@1")) {
      asked.add(version(path));
    }
    assertThat(zfs.lookup(asked)).containsOnlyKeys(version("tank/a@1"));
    assertThat(runner.lines())
        .containsExactly(
            LIST + "|tank/a@1|tank/a@nosuch|tank/a#nosuch|tank/nosuch@x|tank/nosuch#x|nopool/a@1",
            "zfs|list|-H|-o|name|nopool");
  }

  @Test
  void nothingIsSaidAboutVersionsOfAPoolThatIsNotImported() {
    String missing = "cannot open 'tank': dataset does not exist\n";
    runner.replay(Recordings.of("2.3.2").get("lookup-all-missing")).fail(1, missing);
    assertThatThrownBy(() -> zfs.lookup(List.of(version("tank/nosuch@x"))))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.POOL_MISSING))
        .hasMessage("cannot look up snapshots: pool 'tank' is not imported");
    runner.replay(Recordings.of("2.3.2").get("release-several")).fail(1, missing);
    assertThatThrownBy(() ->
            zfs.release(
                "t1",
                snapshots(
                    "tank/a@1", "tank/a@two words", "tank/a@3", "tank/a@nosuch", "tank/nosuch@x")))
        .hasMessageContaining("pool 'tank' is not imported");
  }

  @ParameterizedTest
  @CsvSource({"lookup-missing-bookmark, tank/a#nosuch", "lookup-all-missing, tank/nosuch@x"})
  void looksUpNothing(String id, String path) throws Exception {
    runner.replay(Recordings.of("2.3.2").get(id)).succeed("tank\n");
    assertThat(zfs.lookup(List.of(version(path)))).isEmpty();
  }

  @Test
  void namesThatZfsWouldTakeForOptionsNeverReachIt() {
    assertThatThrownBy(() -> zfs.datasets(DatasetSelection.subtree(dataset("-r"))))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("starts with \"-\"");
    assertThatThrownBy(() -> zfs.rollback(snapshot("-R/x@y"))).isInstanceOf(ZfsException.class);
    assertThat(runner.commands).isEmpty();
  }

  // ---- snapshots and bookmarks

  @Test
  void takesSnapshotsWithOneCommandPerPool() throws Exception {
    runner.succeed("").succeed("");
    zfs.snapshot(snapshots("tank/a@x", "back/b@x", "tank/c@x"));
    assertThat(runner.lines())
        .containsExactly("zfs|snapshot|back/b@x", "zfs|snapshot|tank/a@x|tank/c@x");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void namesTheSnapshotsThatZfsRefused(String recorded) {
    runner.replay(Recordings.of(recorded).get("snapshot-several-some-exist"));
    assertThatThrownBy(() -> zfs.snapshot(snapshots("tank/a@3", "tank/other@3")))
        .isInstanceOfSatisfying(
            SnapshotException.class,
            e -> {
              assertThat(e.culprits())
                  .isEqualTo(Map.of(snapshot("tank/a@3"), "dataset already exists"));
              assertThat(e.problem()).isEqualTo(ZfsProblem.DESTINATION_EXISTS);
            });
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void namesTheFilesystemsThatAreMissing(String recorded) {
    runner
        .replay(Recordings.of(recorded).get("snapshot-several-one-missing"))
        .fail(1, "cannot open 'tank/nosuch': dataset does not exist\n");
    assertThatThrownBy(() -> zfs.snapshot(snapshots("tank/a@9", "tank/nosuch@9")))
        .isInstanceOfSatisfying(
            SnapshotException.class,
            e -> {
              assertThat(e.culprits())
                  .isEqualTo(Map.of(snapshot("tank/nosuch@9"), "dataset does not exist"));
              assertThat(e.message()).doesNotContain("usage");
            });
  }

  @Test
  void readOnlyPoolRefusesAllSnapshots() {
    runner.replay(Recordings.of("2.3.2").get("snapshot-readonly-pool"));
    assertThatThrownBy(() -> zfs.snapshot(snapshots("dst@x")))
        .isInstanceOfSatisfying(
            SnapshotException.class,
            e -> {
              assertThat(e.culprits()).isEmpty();
              assertThat(e.scope()).isEqualTo(FailureScope.POOL);
            });
  }

  @Test
  void bookmarksSnapshotsAndBookmarks() throws Exception {
    runner.succeed("").succeed("");
    zfs.bookmark(snapshot("tank/a@x"), new Guid(1), bookmark("tank/a#y"));
    zfs.bookmark(bookmark("tank/a#y"), new Guid(1), bookmark("tank/a#z"));
    assertThat(runner.lines())
        .containsExactly("zfs|bookmark|tank/a@x|tank/a#y", "zfs|bookmark|tank/a#y|tank/a#z");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void existingBookmarkOfSameSnapshotIsSuccess(String recorded) throws Exception {
    runner
        .replay(Recordings.of(recorded).get("bookmark-dup"))
        .succeed("src/data#b1\t42\t7\t1000\t-\n");
    zfs.bookmark(snapshot("src/data@s1"), new Guid(42), bookmark("src/data#b1"));
    assertThat(runner.lines()).hasSize(2);
  }

  @Test
  void existingBookmarkOfAnotherSnapshotIsAFailure() {
    runner
        .replay(Recordings.of("2.3.2").get("bookmark-dup-other"))
        .succeed("src/data#b1\t42\t7\t1000\t-\n");
    assertThatThrownBy(
            () -> zfs.bookmark(snapshot("src/data@s2"), new Guid(43), bookmark("src/data#b1")))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.BOOKMARK_EXISTS))
        .hasMessageContaining("guid 42 instead of 43");
  }

  @ParameterizedTest
  @CsvSource({"bookmark-nosnap, src/data@nosuch", "bookmark-clone-missing, tank/a#nosuch"})
  void bookmarkOfMissingSourceFails(String id, String source) {
    VersionPath path = version(source);
    runner.replay(Recordings.of("2.1.11").get(id)).succeed("");
    assertThatThrownBy(() -> zfs.bookmark(path, new Guid(1), bookmark(path.filesystem() + "#bx")))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.DATASET_MISSING));
  }

  @ParameterizedTest
  @CsvSource({
    "bookmark-destroy-missing, src/data#nosuch",
    "destroy-bookmark-missing-fs, tank/nosuch#x"
  })
  void destroyingAMissingBookmarkIsSuccess(String id, String path) throws Exception {
    runner.replay(Recordings.of("2.3.2").get(id)).succeed("the pool\n");
    zfs.destroyBookmark(bookmark(path));
    String pool = path.substring(0, path.indexOf('/'));
    assertThat(runner.lines())
        .containsExactly("zfs|destroy|" + path, "zfs|list|-H|-o|name|" + pool);
  }

  @Test
  void bookmarkInAPoolThatIsNotImportedIsNotDestroyed() {
    runner
        .fail(1, "bookmark 'nopool/a#x' does not exist.\n")
        .replay(Recordings.of("2.3.2").get("list-missing-pool"));
    assertThatThrownBy(() -> zfs.destroyBookmark(bookmark("nopool/a#x")))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.POOL_MISSING));
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void destinationThatIsGoneWithItsPoolIsToldFromADestroyedOne(String recorded) throws Exception {
    String errors = Recordings.of(recorded).get("recv-incr-nodest").errors();
    runner.replay(Recordings.of(recorded).get("list-missing-pool")).succeed("dst\n");
    assertThat(new Commands(runner).problem(errors)).isEqualTo(ZfsProblem.POOL_MISSING);
    assertThat(new Commands(runner).problem(errors)).isEqualTo(ZfsProblem.DATASET_MISSING);
  }

  /** Or what was to be destroyed would count as destroyed. */
  @Test
  void nothingCountsAsMissingWhileItIsNotKnownWhetherItsPoolIsImported() {
    FakeRunner.Answer cannotStart =
        command -> {
          throw new ZfsException(FailureScope.JOB, true, "cannot start", null, null);
        };
    FakeRunner.Answer strange = command -> new CommandResult(command, 1, "", "strange words\n");
    for (FakeRunner.Answer answer : List.of(cannotStart, strange)) {
      runner.replay(Recordings.of("2.3.2").get("lookup-all-missing")).answer(answer);
      assertThatThrownBy(() -> zfs.lookup(List.of(version("tank/nosuch@x"))))
          .isInstanceOf(ZfsException.class)
          .hasMessageContaining("it cannot be found out whether the pool is imported");
      runner.fail(1, "bookmark 'tank/a#x' does not exist.\n").answer(answer);
      assertThatThrownBy(() -> zfs.destroyBookmark(bookmark("tank/a#x")))
          .isInstanceOfSatisfying(
              ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.UNRECOGNISED));
    }
  }

  @Test
  void unreadableDatasetsAreNamedIfTheyWereAskedFor() throws Exception {
    String output =
        """
        tank/a\tzrepl:placeholder\tx
        tank/b\tzrepl:placeholder\ty
        tank/b\treceive_resume_token\t-\t-
        a/%recv\tzrepl:placeholder\tz
        """;
    runner.succeed(output).succeed(output);
    assertThat(zfs.datasets(DatasetSelection.only(dataset("tank/a"))).unreadable())
        .containsOnlyKeys(dataset("tank/a"));
    assertThat(zfs.datasets(DatasetSelection.subtree(dataset("tank"))).unreadable())
        .containsOnlyKeys(dataset("tank/a"), dataset("tank/b"));
  }

  @Test
  void rollsBackWithoutClones() {
    runner.replay(Recordings.of("2.3.2").get("rollback-held"));
    assertThatThrownBy(() -> zfs.rollback(snapshot("tank/a@1")))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.HAS_CLONES));
    assertThat(runner.lines()).containsExactly("zfs|rollback|-r|tank/a@1");
  }

  // ---- holds

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void repeatedHoldIsSuccess(String recorded) throws Exception {
    runner.replay(Recordings.of(recorded).get("hold-dup"));
    zfs.hold("tag1", snapshots("src/data@s1"));
    assertThat(runner.lines()).containsExactly("zfs|hold|tag1|src/data@s1");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void holdOfAMissingSnapshotFails(String recorded) {
    runner.replay(Recordings.of(recorded).get("hold-several"));
    assertThatThrownBy(
            () -> zfs.hold("t1", snapshots("tank/a@1", "tank/a@two words", "tank/a@nosuch")))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.DATASET_MISSING))
        .hasMessage(
            "cannot place hold \"t1\": cannot hold snapshot 'tank/a@nosuch': dataset does not exist");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void releaseIgnoresWhatIsNotThere(String recorded) throws Exception {
    runner.replay(Recordings.of(recorded).get("release-several")).succeed("tank\n");
    zfs.release(
        "t1",
        snapshots("tank/a@1", "tank/a@two words", "tank/a@3", "tank/a@nosuch", "tank/nosuch@x"));
    assertThat(runner.lines())
        .containsExactly(
            "zfs|release|t1|tank/a@1|tank/a@two words|tank/a@3|tank/a@nosuch|tank/nosuch@x",
            "zfs|list|-H|-o|name|tank");
  }

  @Test
  void releaseReportsOtherFailures() {
    runner.fail(
        1,
        """
        cannot release hold from snapshot 'tank/a@3': no such tag on this dataset
        cannot release: permission denied
        """);
    assertThatThrownBy(() -> zfs.release("t", snapshots("tank/a@3", "tank/a@4")))
        .isInstanceOf(ZfsException.class)
        .hasMessage("cannot release hold \"t\": cannot release: permission denied");
    runner.fail(137, "");
    assertThatThrownBy(() -> zfs.release("t", snapshots("tank/a@3")))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("signal 9");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void listsHoldsOfSnapshotsThatExist(String recorded) throws Exception {
    runner.replay(Recordings.of(recorded).get("holds-several")).succeed("tank\n");
    assertThat(
            zfs.holds(snapshots("tank/a@1", "tank/a@two words", "tank/a@nosuch", "tank/nosuch@x")))
        .containsExactlyInAnyOrder(
            new Hold(snapshot("tank/a@1"), "tag with blanks"),
            new Hold(snapshot("tank/a@1"), "t1"));
    assertThat(runner.lines())
        .containsExactly(
            "zfs|holds|-H|tank/a@1|tank/a@two words|tank/a@nosuch|tank/nosuch@x",
            "zfs|list|-H|-o|name|tank");
  }

  @ParameterizedTest
  @CsvSource({"''", "-r"})
  void tagsThatAreNoTagsNeverReachZfs(String tag) {
    assertThatThrownBy(() -> zfs.hold(tag, snapshots("tank/a@1"))).isInstanceOf(ZfsException.class);
    assertThatThrownBy(() -> zfs.release(tag, snapshots("tank/a@1")))
        .isInstanceOf(ZfsException.class);
    assertThat(runner.commands).isEmpty();
  }

  // ---- placeholders

  @Test
  void createsAndMarksPlaceholders() throws Exception {
    runner.succeed("").succeed("").succeed("").succeed("");
    zfs.createPlaceholder(dataset("back/a"), PlaceholderEncryption.INHERIT);
    zfs.createPlaceholder(dataset("back/a/b c"), PlaceholderEncryption.OFF);
    zfs.setPlaceholder(dataset("back/a"), true);
    zfs.setPlaceholder(dataset("back/a"), false);
    assertThat(runner.lines())
        .containsExactly(
            "zfs|create|-o|zrepl:placeholder=on|-o|mountpoint=none|back/a",
            "zfs|create|-o|zrepl:placeholder=on|-o|mountpoint=none|-o|encryption=off|back/a/b c",
            "zfs|set|zrepl:placeholder=on|back/a",
            "zfs|set|zrepl:placeholder=off|back/a");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void placeholderThatIsNotMountedIsCreatedAllTheSame(String version) throws Exception {
    runner.replay(Recordings.of(version).get("nonroot-create-unmounted"));
    zfs.createPlaceholder(dataset("dst/vault/p"), PlaceholderEncryption.INHERIT);
    runner.replay(Recordings.of(version).get("nonroot-create"));
    assertThatThrownBy(
            () -> zfs.createPlaceholder(dataset("dst/vault/p"), PlaceholderEncryption.INHERIT))
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> assertThat(e.problem()).isEqualTo(ZfsProblem.PERMISSION_DENIED));
  }

  @Test
  void poolsAreNoPlaceholders() {
    assertThatThrownBy(() -> zfs.createPlaceholder(dataset("back"), PlaceholderEncryption.OFF))
        .isInstanceOf(ZfsException.class);
    assertThat(runner.commands).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void missingPoolIsToldFromMissingDataset(String recorded) {
    runner
        .replay(Recordings.of(recorded).get("set-missing-pool"))
        .replay(Recordings.of(recorded).get("list-missing-pool"));
    assertThatThrownBy(() -> zfs.setPlaceholder(dataset("nopool/x"), true))
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> {
              assertThat(e.problem()).isEqualTo(ZfsProblem.POOL_MISSING);
              assertThat(e.temporary()).isTrue();
            });
    runner.replay(Recordings.of(recorded).get("set-missing")).succeed("src\n");
    assertThatThrownBy(() -> zfs.setPlaceholder(dataset("src/nosuch"), true))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.DATASET_MISSING));
  }

  // ---- send and receive

  private static final Snapshot TO =
      new Snapshot("to", new Guid(2), new CreateTxg(2), Instant.EPOCH);

  private static SendArguments send(
      Optional<FilesystemVersion> from, SendFlags flags, Optional<ResumeToken> token) {
    return new SendArguments(DatasetPath.of("tank/a"), from, TO, flags, token);
  }

  @ParameterizedTest
  @CsvSource({
    "........, ''",
    "e......., -w|",
    ".r......, -w|",
    "er......, -w|",
    "..p....., -p|",
    "...b...., -b|",
    "..pb...., -p|-b|",
    ".......s, -S|",
    "erpbLces, -w|-p|-b|-L|-c|-e|-S|",
  })
  void sendFlagsInOrder(String set, String options) throws Exception {
    SendFlags flags =
        new SendFlags(
            set.charAt(0) != '.',
            set.charAt(1) != '.',
            set.charAt(2) != '.',
            set.charAt(3) != '.',
            set.charAt(4) != '.',
            set.charAt(5) != '.',
            set.charAt(6) != '.',
            set.charAt(7) != '.');
    runner.succeed("full\ttank/a@to\t1\n");
    assertThat(zfs.estimate(send(Optional.empty(), flags, Optional.empty()))).hasValue(1);
    assertThat(runner.lines()).containsExactly("zfs|send|-n|-v|-P|" + options + "tank/a@to");
  }

  @Test
  void sendNamesItsBaseInFull() throws Exception {
    Snapshot snapshot = new Snapshot("from", new Guid(1), new CreateTxg(1), Instant.EPOCH);
    Bookmark cursor = new Bookmark("from", new Guid(1), new CreateTxg(1), Instant.EPOCH);
    runner.succeed("full\ttank/a@to\t1\n").succeed("full\ttank/a@to\t1\n");
    zfs.estimate(send(Optional.of(snapshot), SendFlags.NONE, Optional.empty()));
    zfs.estimate(send(Optional.of(cursor), SendFlags.NONE, Optional.empty()));
    assertThat(runner.lines())
        .containsExactly(
            "zfs|send|-n|-v|-P|-i|tank/a@from|tank/a@to",
            "zfs|send|-n|-v|-P|-i|tank/a#from|tank/a@to");
  }

  @Test
  void tokenReplacesEverythingElse() throws Exception {
    SendFlags flags = new SendFlags(false, false, false, false, false, true, false, false);
    runner.replay(Recordings.of("2.3.2").get("send-token-nvP"));
    assertThat(
            zfs.estimate(
                send(Optional.of(TO), flags, Optional.of(new ResumeToken("$theresumetoken$")))))
        .hasValue(6473208);
    assertThat(runner.lines()).containsExactly("zfs|send|-n|-v|-P|-t|$theresumetoken$");
    assertThat(runner.commands.getFirst().toString())
        .isEqualTo("zfs send -n -v -P -t (resume token)");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void tokenIsDecodedAsHereWhetherOrNotItsSnapshotIsThere(String version) throws Exception {
    for (String id :
        List.of(
            "send-token-nvP", "send-token-incr-nvP", "send-token-bm-nvP", "send-token-gone-nvP")) {
      Recordings.Recording recording = Recordings.of(version).get(id);
      String line = recording.commandLine();
      ResumeToken token = new ResumeToken(line.replaceFirst(".*-t (\\S+).*", "$1"));
      runner.replay(recording);
      assertThat(zfs.decode(token)).as(id).isEqualTo(ResumeTokenContents.decode(token));
      assertThat(runner.lines().getLast()).isEqualTo("zfs|send|-n|-v|-t|" + token.text());
    }
  }

  @Test
  void tokenThatZfsDoesNotKnowEitherIsCorrupt() {
    List<String> outputs =
        List.of(
            "",
            "resume token contents:\nnvlist version: 0\n\ttoname = a@b\n",
            "resume token contents:\nnvlist version: 0\n\ttoguid = 0x1\n",
            "resume token contents:\nnvlist version: 0\n\ttoguid = x\n\ttoname = a@b\n",
            "resume token contents:\nnvlist version: 0\n\ttoguid = 1\n\ttoguid = 2\n\ttoname = a@b\n",
            "resume token contents:\nnvlist version: 0\n\ttoguid = 1\n\ttoname = a@b\n\trawok = yes\n");
    for (String output : outputs) {
      runner.answer(command -> new CommandResult(command, 1, output, "cannot resume send"));
      assertThatThrownBy(() -> zfs.decode(new ResumeToken("2-0-0-00")))
          .isInstanceOfSatisfying(
              ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.TOKEN_CORRUPT));
    }
    runner.replay(Recordings.of("2.3.2").get("send-token-bad-nvP"));
    assertThatThrownBy(() -> zfs.decode(new ResumeToken("1-0-0-00")))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.TOKEN_CORRUPT));
    int before = runner.commands.size();
    assertThatThrownBy(() -> zfs.decode(new ResumeToken("-R"))).isInstanceOf(ZfsException.class);
    assertThat(runner.commands).hasSize(before);
    runner.fail(137, "");
    assertThatThrownBy(() -> zfs.decode(new ResumeToken("2-0-0-00")))
        .as("a killed command says nothing about the token")
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> assertThat(e.problem()).isNotEqualTo(ZfsProblem.TOKEN_CORRUPT));
  }

  @Test
  void outdatedTokenIsRecognised() {
    runner.replay(Recordings.of("2.3.2").get("send-token-gone-nvP"));
    assertThatThrownBy(() ->
            zfs.estimate(
                send(Optional.empty(), SendFlags.NONE, Optional.of(new ResumeToken("1-0-0-00")))))
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).isEqualTo(ZfsProblem.TOKEN_OUTDATED))
        .hasMessageStartingWith("cannot estimate the size of tank/a@to (resumed): ");
  }

  @Test
  void severalStepsAreEstimatedByOneCommandWithTheOptionsOfTheSend() throws Exception {
    SendFlags flags = new SendFlags(false, true, true, false, true, true, false, false);
    Snapshot from = new Snapshot("from", new Guid(1), new CreateTxg(1), Instant.EPOCH);
    Snapshot between = new Snapshot("between", new Guid(3), new CreateTxg(2), Instant.EPOCH);
    runner.succeed(
        "incremental\tfrom\ttank/a@between\t10\nincremental\tbetween\ttank/a@to\t20\nsize\t30\n");
    assertThat(zfs.estimateSteps(DatasetPath.of("tank/a"), from, List.of(between, TO), flags))
        .containsExactly(OptionalLong.of(10), OptionalLong.of(20));
    assertThat(runner.lines())
        .containsExactly("zfs|send|-n|-v|-P|-w|-p|-L|-c|-I|tank/a@from|tank/a@to");
  }

  @Test
  void estimateWithoutStreamLineIsUnexpected() {
    runner.succeed("size\t5\n");
    assertThatThrownBy(() -> zfs.estimate(send(Optional.empty(), SendFlags.NONE, Optional.empty())))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("unexpected output");
  }

  @ParameterizedTest
  @CsvSource({"disabled, false", "enabled, true", "active, true", "-, true"})
  void poolKeepsPartialStateUnlessTheFeatureIsDisabled(String value, boolean expected)
      throws Exception {
    runner.succeed(value + "\n");
    assertThat(zfs.keepsPartialState(DatasetPath.of("back"))).isEqualTo(expected);
    assertThat(runner.lines())
        .containsExactly("zpool|get|-H|-p|-o|value|feature@extensible_dataset|back");
  }

  @Test
  void receiveFlagsInOrder() throws Exception {
    SnapshotPath target = snapshot("back/a b@x y");
    Map<PropertyName, String> override = new LinkedHashMap<>();
    override.put(PropertyName.of("abc"), "123");
    override.put(PropertyName.of("com.x:y"), "-F with blank");
    override.put(PropertyName.of("empty"), "");
    List<PropertyName> inherit = List.of(PropertyName.of("abc"), PropertyName.of("123"));
    assertThat(
            ReceiveCommands.command(new ReceiveArguments(target, true, true, inherit, override))
                .arguments())
        .containsExactly(
            "zfs",
            "recv",
            "-F",
            "-s",
            "-x",
            "abc",
            "-x",
            "123",
            "-o",
            "abc=123",
            "-o",
            "com.x:y=-F with blank",
            "-o",
            "empty=",
            "back/a b@x y");
    assertThat(
            ReceiveCommands.command(new ReceiveArguments(target, false, false, List.of(), Map.of()))
                .arguments())
        .containsExactly("zfs", "recv", "back/a b@x y");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void nothingToAbortIsSuccess(String recorded) throws Exception {
    runner
        .replay(Recordings.of(recorded).get("recv-A-none"))
        .replay(Recordings.of(recorded).get("recv-A-missing"))
        .succeed("back\n");
    zfs.abortReceive(dataset("dst/res"));
    zfs.abortReceive(dataset("back/nosuch"));
    assertThat(runner.lines()).startsWith("zfs|recv|-A|dst/res", "zfs|recv|-A|back/nosuch");
  }

  @Test
  void abortDuringAReceiveFails() {
    runner.replay(Recordings.of("2.3.2").get("recv-busy-A"));
    assertThatThrownBy(() -> zfs.abortReceive(dataset("dst/busy")))
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> {
              assertThat(e.problem()).isEqualTo(ZfsProblem.BUSY);
              assertThat(e.temporary()).isTrue();
            });
  }

  @Test
  void exactSelectionIsSortedByPath() throws Exception {
    runner.succeed("");
    zfs.versions(new DatasetSelection.Exactly(new TreeSet<>(Set.of(dataset("b"), dataset("a")))));
    assertThat(runner.lines()).containsExactly(LIST + "|-d|1|a|b");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void bookmarkInAPoolThatDoesNotAnswerIsNeverTakenForDestroyed(String version) {
    Recordings recordings = Recordings.of(version);
    for (String pool : List.of("suspended", "exported")) {
      FakeRunner runner =
          new FakeRunner()
              .replay(recordings.get(pool + "-destroy-bookmark"))
              .replay(
                  recordings.get(pool.equals("suspended") ? "suspended-list" : "list-exported"));
      assertThatThrownBy(() ->
              new ZfsCommands(runner)
                  .destroyBookmark(BookmarkPath.of(DatasetPath.of("sus/a"), "b")))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> {
                assertThat(e.scope()).isEqualTo(FailureScope.POOL);
                assertThat(e.temporary()).isTrue();
              });
      assertThat(runner.lines()).containsExactly("zfs|destroy|sus/a#b", "zfs|list|-H|-o|name|sus");
    }
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void suspendedPoolsAreFoundAlthoughAListingPassesOverThem(String version) throws Exception {
    FakeRunner runner = new FakeRunner().replay(Recordings.of(version).get("suspended-zpool-list"));
    assertThat(new ZfsCommands(runner).suspendedPools()).containsExactly(DatasetPath.of("sus"));
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void snapshotWhoseReservationDoesNotFitIsNoFailureOfThePool(String version) throws Exception {
    SnapshotPath volume = SnapshotPath.of(DatasetPath.of("ok/vol"), "1");
    SnapshotPath other = SnapshotPath.of(DatasetPath.of("ok/fs"), "1");
    FakeRunner named = new FakeRunner().replay(Recordings.of(version).get("reservation-snapshot"));
    assertThatThrownBy(() -> new ZfsCommands(named).snapshot(List.of(volume, other)))
        .isInstanceOfSatisfying(
            SnapshotException.class,
            e -> {
              assertThat(e.scope()).isEqualTo(FailureScope.FILESYSTEM);
              assertThat(e.culprits()).containsOnlyKeys(volume);
              assertThat(e.advice().orElseThrow()).contains("refreservation");
            });
    FakeRunner full = new FakeRunner().replay(Recordings.of(version).get("full-snapshot"));
    assertThatThrownBy(() -> new ZfsCommands(full).snapshot(List.of(volume, other)))
        .isInstanceOfSatisfying(
            SnapshotException.class, e -> assertThat(e.scope()).isEqualTo(FailureScope.POOL));
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void releaseTellsWhatItReleased(String version) throws Exception {
    DatasetPath filesystem = DatasetPath.of("tank/a");
    SnapshotPath first = SnapshotPath.of(filesystem, "1");
    SnapshotPath untagged = SnapshotPath.of(filesystem, "3");
    SnapshotPath missing = SnapshotPath.of(filesystem, "nosuch");
    SnapshotPath elsewhere = SnapshotPath.of(DatasetPath.of("tank/nosuch"), "x");
    FakeRunner runner =
        new FakeRunner().replay(Recordings.of(version).get("release-several")).succeed("tank\n");
    assertThat(new ZfsCommands(runner).release("t", List.of(first, untagged, missing, elsewhere)))
        .containsExactly(first);
  }

  @Test
  void quotaOfAPoolIsAFailureOfThePool() throws Exception {
    String errors =
        "cannot receive new filesystem stream: destination dst/q/x space quota exceeded.\n";
    for (boolean ofPool : List.of(true, false)) {
      FakeRunner runner = new FakeRunner().succeed(ofPool ? "1000\n20\n" : "0\n20\n");
      ZfsProblem problem = new Commands(runner).problem(errors);
      assertThat(problem)
          .isEqualTo(ofPool ? ZfsProblem.POOL_QUOTA_EXCEEDED : ZfsProblem.QUOTA_EXCEEDED);
      assertThat(runner.lines()).containsExactly("zfs|get|-Hp|-o|value|quota,available|dst");
    }
  }
}
