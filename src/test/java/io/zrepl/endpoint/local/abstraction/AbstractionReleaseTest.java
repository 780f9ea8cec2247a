package io.zrepl.endpoint.local.abstraction;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.FakeZfs.Operation;
import io.zrepl.zfs.lock.DatasetActivity;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AbstractionReleaseTest {
  private final TestAbstractions test = new TestAbstractions();
  private final FakeZfs zfs = test.zfs;
  private final DatasetLocks locks = new DatasetLocks(Optional.empty(), Duration.ZERO);
  private final List<AbstractionRelease.Outcome> outcomes = new ArrayList<>();

  @BeforeEach
  void makeDatasets() {
    zfs.create("src");
    for (String name : List.of("src/a", "src/b")) {
      zfs.create(name);
      zfs.take(name + "@1");
      zfs.take(name + "@2");
    }
  }

  private List<Abstraction> list() throws Exception {
    return new AbstractionLister(zfs).list(AbstractionQuery.everything()).abstractions();
  }

  private void release(List<Abstraction> chosen, UnaryOperator<List<Abstraction>> choice)
      throws Exception {
    new AbstractionRelease(zfs, locks, 1)
        .release(chosen, AbstractionQuery.everything(), choice, outcomes::add);
  }

  private List<String> failures() {
    return outcomes.stream()
        .flatMap(outcome -> outcome.failure().stream())
        .map(failure -> failure.message())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void everythingChosenIsGoneAndNothingElse(int concurrency) throws Exception {
    test.cursor("src/a@1", "push");
    test.tentative("src/a@2", "push");
    test.legacy("src/b@1");
    test.stepHold("src/a@2", "push");
    test.stepHold("src/b@2", "other");
    test.lastReceived("src/b@2", "sink");
    zfs.placeHold("src/a@2", "mine");
    zfs.makeBookmark("src/a@1", "mine");

    new AbstractionRelease(zfs, locks, concurrency)
        .release(list(), AbstractionQuery.everything(), found -> found, outcomes::add);

    assertThat(failures()).isEmpty();
    assertThat(outcomes).hasSize(6).doesNotHaveDuplicates();
    assertThat(list()).isEmpty();
    assertThat(zfs.holdsOf("src/a@2")).containsExactly("mine");
    assertThat(zfs.bookmarksOf("src/a")).containsExactly("mine");
    assertThat(zfs.versionsOf("src/b")).contains("@1", "@2");
  }

  @Test
  void holdsOfOneTagAreReleasedByOneProcess() throws Exception {
    for (String snapshot : List.of("src/a@1", "src/a@2", "src/b@1", "src/b@2")) {
      test.stepHold(snapshot, "push");
    }
    List<Abstraction> all = list();
    zfs.resetProcesses();

    release(all, found -> found);

    assertThat(zfs.processes()).containsEntry(Operation.RELEASE, 1);
    assertThat(zfs.processCount()).as("the listing again, and the release").isEqualTo(3);
  }

  @Test
  void oneFailureDoesNotStopTheOthers() throws Exception {
    test.stepHold("src/a@1", "push");
    test.stepHold("src/b@1", "push");
    test.cursor("src/a@1", "push");
    test.cursor("src/b@1", "push");
    List<Abstraction> all = list();
    zfs.setFaults(
        FakeFaults.failBefore(call ->
            (call.operation() == Operation.RELEASE
                    || call.operation() == Operation.DESTROY_BOOKMARK)
                && call.subject().contains("src/a")));

    release(all, found -> found);

    assertThat(outcomes).hasSize(4);
    assertThat(failures()).hasSize(2).allMatch(message -> message.contains("injected"));
    assertThat(list()).extracting(Abstraction::filesystem).containsOnly(DatasetPath.of("src/a"));
  }

  @Test
  void whatIsGoneMeanwhileCountsAsReleased() throws Exception {
    test.stepHold("src/a@1", "push");
    test.cursor("src/a@2", "push");
    List<Abstraction> all = list();
    zfs.removeHold("src/a@1", "zrepl_STEP_J_push");
    zfs.destroyVersion("src/a@1");

    release(all, found -> found);

    assertThat(failures()).isEmpty();
    assertThat(outcomes).hasSize(2);
  }

  @Test
  void snapshotMadeAgainUnderTheSameNameKeepsItsHold() throws Exception {
    test.stepHold("src/a@1", "push");
    List<Abstraction> all = list();
    zfs.removeHold("src/a@1", "zrepl_STEP_J_push");
    zfs.destroyVersion("src/a@1");
    zfs.take("src/a@1");
    test.stepHold("src/a@1", "push");

    release(all, found -> found);

    assertThat(list()).as("it is another hold").hasSize(1);
  }

  @Test
  void whatHasComeIntoUseMeanwhileIsLeftAlone() throws Exception {
    test.cursor("src/a@1", "push");
    test.cursor("src/a@2", "push");
    List<Abstraction> stale = StaleAbstractions.among(list());
    assertThat(stale).hasSize(1);
    zfs.bookmarksOf("src/a").stream()
        .filter(name -> !name.equals(stale.getFirst().name()))
        .toList()
        .forEach(name -> zfs.destroyVersion("src/a#" + name));

    release(stale, StaleAbstractions::among);

    assertThat(list()).hasSize(1);
    assertThat(failures())
        .singleElement()
        .asString()
        .endsWith("has come into use meanwhile and was left alone");
  }

  @Test
  void filesystemOfARunningStepIsLeftAloneAndItsUserNamed() throws Exception {
    test.stepHold("src/a@1", "push");
    test.stepHold("src/b@1", "push");
    List<Abstraction> all = list();
    try (DatasetLocks.Held _ =
        locks.enter(DatasetPath.of("src/a"), DatasetActivity.SEND, "job \"push\"")) {
      release(all, found -> found);
    }

    assertThat(failures())
        .containsExactly(
            "cannot release holds and bookmarks of src/a now: it is in use by job \"push\" (to send it)");
    assertThat(zfs.holdsOf("src/a@1")).isNotEmpty();
    assertThat(zfs.holdsOf("src/b@1")).isEmpty();
    outcomes.clear();
    release(list(), found -> found);
    assertThat(failures()).isEmpty();
    assertThat(list()).isEmpty();
  }
}
