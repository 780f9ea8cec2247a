package io.zrepl.endpoint.local.abstraction;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.local.abstraction.AbstractionQuery.Filesystems;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.FakeZfs.Operation;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AbstractionListerTest {
  private final TestAbstractions test = new TestAbstractions();
  private final FakeZfs zfs = test.zfs;

  @BeforeEach
  void makeDatasets() {
    for (String pool : List.of("src", "dst")) {
      zfs.create(pool);
      zfs.create(pool + "/a");
      zfs.create(pool + "/a/b");
      for (String name : List.of("1", "2", "3")) {
        zfs.take(pool + "/a@" + name);
      }
      zfs.take(pool + "/a/b@1");
    }
  }

  private List<String> texts(AbstractionQuery query) throws Exception {
    AbstractionListing listing = new AbstractionLister(zfs).list(query);
    assertThat(listing.problems()).isEmpty();
    return listing.abstractions().stream().map(Abstraction::toString).toList();
  }

  private static AbstractionQuery in(Filesystems filesystems) {
    return new AbstractionQuery(
        filesystems, EnumSet.allOf(AbstractionType.class), Optional.empty(), CreateTxgRange.ALL);
  }

  private static Filesystems named(String path) {
    return new Filesystems.Named(Set.of(DatasetPath.of(path)));
  }

  @Test
  void allTypesAreFoundInTheOrderOfFilesystemAndAge() throws Exception {
    String cursor = test.cursor("src/a@1", "push");
    String stepFrom = test.stepHold("src/a@1", "push");
    String tentative = test.tentative("src/a@2", "with blanks");
    String stepTo = test.stepHold("src/a@2", "push");
    String legacy = test.legacy("src/a@3");
    String received = test.lastReceived("dst/a/b@1", "sink");

    assertThat(texts(AbstractionQuery.everything()))
        .containsExactly(received, stepFrom, cursor, stepTo, tentative, legacy);
  }

  @Test
  void objectsOfUsersAreNotFound() throws Exception {
    zfs.placeHold("src/a@1", "mine");
    zfs.placeHold("src/a@1", "zrepl_STEP_J_not/a/job");
    zfs.makeBookmark("src/a@1", "mine");

    assertThat(texts(AbstractionQuery.everything())).isEmpty();
  }

  @Test
  void bookmarkThatCarriesTheGuidOfAnotherSnapshotIsNotFound() throws Exception {
    String name = test.cursor("src/a@1", "push").replaceFirst(".*#", "");
    zfs.destroyVersion("src/a#" + name);
    zfs.makeBookmark("src/a@2", name);

    assertThat(texts(AbstractionQuery.everything())).isEmpty();
  }

  @Test
  void queryRestrictsFilesystemsTypesJobAndAge() throws Exception {
    String cursor = test.cursor("src/a@1", "push");
    String other = test.cursor("src/a@2", "other");
    String hold = test.stepHold("src/a@3", "push");
    String child = test.stepHold("src/a/b@1", "push");
    String legacy = test.legacy("src/a/b@1");
    String received = test.lastReceived("dst/a@1", "sink");
    AbstractionQuery all = AbstractionQuery.everything();

    assertThat(texts(in(named("src/a")))).containsExactly(cursor, other, hold);
    assertThat(
            texts(
                in(
                    new Filesystems.Matching(
                        DatasetFilter.of(Map.of("src<", true, "src/a", false))))))
        .containsExactly(child, legacy);
    assertThat(
            texts(
                new AbstractionQuery(
                    all.filesystems(),
                    Set.of(AbstractionType.STEP_HOLD, AbstractionType.LAST_RECEIVED_HOLD),
                    Optional.empty(),
                    CreateTxgRange.ALL)))
        .containsExactly(received, hold, child);
    assertThat(
            texts(
                new AbstractionQuery(
                    all.filesystems(),
                    all.types(),
                    Optional.of(TestAbstractions.job("push")),
                    CreateTxgRange.ALL)))
        .as("what has no job matches every job")
        .containsExactly(cursor, hold, child, legacy);
    String second = zfs.version("src/a@2").createTxg().toString();
    assertThat(
            texts(
                new AbstractionQuery(
                    named("src/a"),
                    all.types(),
                    Optional.empty(),
                    CreateTxgRange.parse("[" + second + "," + second + "]", false))))
        .containsExactly(other);
  }

  @Test
  void numberOfProcessesDependsNeitherOnFilesystemsNorOnSnapshots() throws Exception {
    for (int i = 0; i < 40; i++) {
      zfs.create("src/many" + i);
      for (int j = 0; j < 5; j++) {
        zfs.take("src/many" + i + "@" + j);
        test.stepHold("src/many" + i + "@" + j, "push");
      }
    }
    zfs.resetProcesses();

    assertThat(texts(AbstractionQuery.everything())).hasSize(200);
    assertThat(zfs.processCount()).isEqualTo(2);
  }

  @Test
  void whatWasAskedForByNameAndDoesNotExistIsAProblem() throws Exception {
    AbstractionListing listing = new AbstractionLister(zfs).list(in(named("src/missing")));
    assertThat(listing.abstractions()).isEmpty();
    assertThat(listing.problems())
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.cause().message()).isEqualTo("dataset src/missing does not exist"));

    String hold = test.stepHold("src/a@1", "push");
    AbstractionListing both =
        new AbstractionLister(zfs)
            .list(
                in(
                    new Filesystems.Matching(
                        DatasetFilter.of(
                            Map.of("src/a<", true, "nopool/x", true, "src/gone<", true)))));
    assertThat(both.abstractions()).extracting(Abstraction::toString).containsExactly(hold);
    assertThat(both.problems())
        .extracting(AbstractionListing.Problem::where)
        .containsExactlyInAnyOrder("nopool/x", "src/gone");
  }

  @Test
  void filesystemWithoutVersionsIsNoProblem() throws Exception {
    zfs.create("src/empty");
    assertThat(texts(in(named("src/empty")))).isEmpty();
  }

  @Test
  void holdsThatCannotBeListedDoNotHideThoseOfOtherSnapshots() throws Exception {
    String first = test.stepHold("src/a@1", "push");
    test.stepHold("src/a@2", "push");
    String third = test.stepHold("src/a@3", "push");
    String fourth = test.lastReceived("dst/a@1", "sink");
    zfs.setFaults(
        FakeFaults.failBefore(
            call -> call.operation() == Operation.HOLDS && call.subject().contains("src/a@2")));

    AbstractionListing listing = new AbstractionLister(zfs).list(AbstractionQuery.everything());

    assertThat(listing.abstractions())
        .extracting(Abstraction::toString)
        .containsExactly(fourth, first, third);
    assertThat(listing.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.where()).isEqualTo("holds of src/a@2"));
  }

  @Test
  void failureOfTheWholeListingIsAProblem() throws Exception {
    zfs.setFaults(FakeFaults.failBefore(Operation.VERSIONS));
    AbstractionListing listing = new AbstractionLister(zfs).list(AbstractionQuery.everything());
    assertThat(listing.problems())
        .extracting(AbstractionListing.Problem::where)
        .containsExactly("all pools");
  }
}
