package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.INCREMENTAL;
import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.FakeZfs.Operation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules about the holds and cursors of a step that hold whatever happened before. */
class StepObjectsTest {
  private static final DatasetPath A = DatasetPath.of("src/a");
  private static final String STEP = "zrepl_STEP_J_push";

  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  @BeforeEach
  void create() {
    zfs.create("src/a");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whileAStreamRunsAtMostItsOwnTwoSnapshotsAreHeld(long seed) throws Exception {
    Random random = new Random(seed);
    List<ReplicationGuarantee> guarantees = List.of(ReplicationGuarantee.values());
    for (int i = 0; i < 6; i++) {
      zfs.take("src/a@" + i);
    }
    for (int step = 0; step < 60; step++) {
      int to = random.nextInt(1, 6);
      Optional<FilesystemVersion> from =
          random.nextInt(4) == 0
              ? Optional.empty()
              : Optional.of(zfs.version("src/a@" + random.nextInt(to)));
      ReplicationGuarantee guarantee = guarantees.get(random.nextInt(guarantees.size()));
      SendRequest request =
          new SendRequest(
              A,
              from,
              (Snapshot) zfs.version("src/a@" + to),
              Optional.empty(),
              TestReplication.both(guarantee));
      test.sender.send(request).close();

      Set<String> allowed =
          guarantee == ReplicationGuarantee.RESUMABILITY
              ? from.map(version -> Set.of(version.name(), "" + to)).orElse(Set.of("" + to))
              : Set.of();
      assertThat(zfs.holdsIn("src/a").keySet())
          .as("seed %d step %d", seed, step)
          .isEqualTo(allowed);
      switch (random.nextInt(3)) {
        case 0 -> test.restart();
        case 1 -> test.sender.sendCompleted(request);
        default -> {
          // it was interrupted
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void whileOneOfSeveralStepsRunsLittleMoreThanItsOwnObjectsExist(ReplicationGuarantee guarantee)
      throws Exception {
    zfs.take("src/a@0");
    test.run(TestReplication.both(guarantee));
    for (int i = 1; i <= 9; i++) {
      zfs.take("src/a@" + i);
    }
    List<SendRequest> steps = test.plan(TestReplication.both(guarantee));
    assertThat(steps).hasSize(9);
    for (int i = 1; i <= 9; i++) {
      SendRequest step = steps.get(i - 1);
      try (SendStream stream = test.sender.send(step)) {
        Set<String> own = Set.of("" + (i - 1), "" + i);
        Set<String> held = zfs.holdsIn("src/a").keySet();
        Set<String> bookmarks = zfs.bookmarksOf("src/a");
        switch (guarantee) {
          case RESUMABILITY -> {
            assertThat(held).containsAll(own).hasSizeLessThanOrEqualTo(StepProtection.MOST_HOLDS);
            assertThat(bookmarks).containsExactly(test.cursor(zfs.version("src/a@" + (i - 1))));
          }
          case INCREMENTAL -> {
            assertThat(held).isEmpty();
            assertThat(bookmarks)
                .containsExactlyInAnyOrder(
                    test.cursor(zfs.version("src/a@" + (i - 1))),
                    test.tentative(zfs.version("src/a@" + i)));
          }
          case NOTHING -> {
            assertThat(held).isEmpty();
            assertThat(bookmarks).isEmpty();
          }
        }
        test.receiver.receive(TestReplication.receiveRequest(step, stream), stream);
      }
      test.sender.sendCompleted(step, i < 9);
    }
    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a"))
        .isEqualTo(
            guarantee == ReplicationGuarantee.NOTHING
                ? Set.of()
                : Set.of(test.cursor(zfs.version("src/a@9"))));
  }

  /** What may come instead of the step that was to follow. */
  enum Instead {
    PLANNING,
    CURSOR,
    DESTROY,
    OTHER_STEP,
    CONFIRMATION_AGAIN
  }

  @ParameterizedTest
  @CsvSource({
    "PLANNING, RESUMABILITY, false",
    "PLANNING, INCREMENTAL, false",
    "PLANNING, RESUMABILITY, true",
    "CURSOR, RESUMABILITY, false",
    "CURSOR, INCREMENTAL, false",
    "CURSOR, RESUMABILITY, true",
    "DESTROY, RESUMABILITY, false",
    "DESTROY, INCREMENTAL, false",
    "DESTROY, RESUMABILITY, true",
    "OTHER_STEP, RESUMABILITY, false",
    "OTHER_STEP, INCREMENTAL, false",
    "CONFIRMATION_AGAIN, RESUMABILITY, false",
    "CONFIRMATION_AGAIN, INCREMENTAL, false"
  })
  void ifTheNextStepDoesNotFollowNothingIsLeft(
      Instead instead, ReplicationGuarantee guarantee, boolean nextFails) throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    for (int i = 0; i <= 3; i++) {
      zfs.take("src/a@" + i);
    }
    test.step(test.full("src/a@0", protection));
    SendRequest step = test.incremental("src/a@0", "src/a@1", protection);
    test.step(step, true);
    Set<String> held = Set.of();
    String cursor = test.cursor(zfs.version("src/a@1"));
    if (nextFails) {
      test.sender.send(test.incremental("src/a@1", "src/a@2", protection)).close();
      held = Set.of("1", "2");
    }
    switch (instead) {
      case PLANNING -> {
        test.sender.listFilesystems();
        test.sender.listVersions(A);
      }
      case CURSOR ->
          assertThat(test.sender.replicationCursor(A)).contains(zfs.version("src/a@1").guid());
      case DESTROY -> {
        Snapshot zero = (Snapshot) zfs.version("src/a@0");
        assertThat(test.sender.destroySnapshots(A, List.of(zero)).getFirst().error()).isEmpty();
      }
      case OTHER_STEP -> {
        SendRequest other = test.incremental("src/a@0", "src/a@3", protection);
        test.sender.send(other).close();
        test.sender.sendCompleted(other);
        cursor = test.cursor(zfs.version("src/a@3"));
      }
      case CONFIRMATION_AGAIN -> test.sender.sendCompleted(step);
    }
    assertThat(zfs.holdsIn("src/a").keySet()).isEqualTo(held);
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(cursor);
  }

  @Test
  void cursorThatIsMadeOfAnotherSnapshotIsTakenBackBeforeTheOldOneGoes() throws Exception {
    Snapshot zero = zfs.take("src/a@0");
    Snapshot one = zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");
    test.step(test.full("src/a@0", INCREMENTAL));
    SendRequest step = test.incremental("src/a@0", "src/a@1", INCREMENTAL);
    SendRequest next = test.incremental("src/a@1", "src/a@2", INCREMENTAL);
    test.transfer(step);
    zfs.destroySnapshots(A, List.of("1"));
    zfs.take("src/a@1");
    test.sender.sendCompleted(step, true);

    assertThatThrownBy(() -> test.sender.send(next)).isInstanceOf(OperationException.class);
    assertThat(zfs.bookmarksOf("src/a"))
        .contains(test.cursor(zero), test.tentative(one))
        .doesNotContain(test.cursor(one), test.cursor(two));
  }

  @ParameterizedTest
  @CsvSource({
    "RESUMABILITY, false",
    "INCREMENTAL, false",
    "RESUMABILITY, true",
    "INCREMENTAL, true",
  })
  void runThatIsResetBetweenTwoStepsIsCleanedUpByTheNextOneThoughItHasNothingToSend(
      ReplicationGuarantee guarantee, boolean nextHasBegun) throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    for (int i = 0; i <= 2; i++) {
      zfs.take("src/a@" + i);
    }
    ActiveSends sends = TestReplication.newSends("push");
    test.sender = test.newSender("push", sends);
    test.step(test.full("src/a@0", protection));
    test.step(test.incremental("src/a@0", "src/a@1", protection), true);
    int newest = 1;
    if (nextHasBegun) {
      test.step(test.incremental("src/a@1", "src/a@2", protection), true);
      newest = 2;
    } else {
      zfs.destroySnapshots(A, List.of("2"));
    }

    test.sender = test.newSender("push", sends);
    assertThat(test.plan(protection)).isEmpty();

    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a"))
        .containsExactly(test.cursor(zfs.version("src/a@" + newest)));
  }

  /** The run that was reset left holds of which its successor knows nothing by itself. */
  @Test
  void stepToAnotherSnapshotAfterAResetReleasesWhatTheOneThatWasResetHeld() throws Exception {
    for (int i = 0; i <= 3; i++) {
      zfs.take("src/a@" + i);
    }
    ActiveSends sends = TestReplication.newSends("push");
    test.sender = test.newSender("push", sends);
    test.step(test.full("src/a@0", RESUMABILITY));
    test.step(test.incremental("src/a@0", "src/a@1", RESUMABILITY), true);
    test.sender.send(test.incremental("src/a@1", "src/a@2", RESUMABILITY)).close();

    test.sender = test.newSender("push", sends);
    test.sender.listFilesystems();
    test.sender.listVersions(A);
    test.step(test.incremental("src/a@1", "src/a@3", RESUMABILITY));

    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(zfs.version("src/a@3")));
  }

  @ParameterizedTest
  @EnumSource(
      value = ReplicationGuarantee.class,
      names = {"RESUMABILITY", "INCREMENTAL"})
  void cursorThatWasDestroyedBeforeAnybodyLookedAtItIsMadeAgain(ReplicationGuarantee guarantee)
      throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    zfs.take("src/a@0");
    Snapshot one = zfs.take("src/a@1");
    zfs.take("src/a@2");
    test.step(test.full("src/a@0", protection));
    test.step(test.incremental("src/a@0", "src/a@1", protection), true);
    zfs.destroyVersion("src/a#" + test.cursor(one));
    SendRequest next = test.incremental("src/a@1", "src/a@2", protection);

    assertThatThrownBy(() -> test.sender.send(next)).isInstanceOf(OperationException.class);
    assertThat(zfs.bookmarksOf("src/a")).contains(test.cursor(zfs.version("src/a@0")));
    test.sender.send(next).close();
    assertThat(zfs.bookmarksOf("src/a")).contains(test.cursor(one));

    zfs.destroyVersion("src/a#" + test.cursor(one));
    test.restart();
    test.step(test.incremental("src/a@0", "src/a@1", protection), true);
    zfs.destroyVersion("src/a#" + test.cursor(one));
    assertThat(test.sender.replicationCursor(A)).hasValue(one.guid());
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(one));
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  @Test
  void cursorThatCannotBeMadeSureOfIsToldAndWhatProtectsTheStepStaysUntilItCan() throws Exception {
    for (int i = 0; i <= 3; i++) {
      zfs.take("src/a@" + i);
    }
    Snapshot one = (Snapshot) zfs.version("src/a@1");
    test.step(test.full("src/a@0", RESUMABILITY));
    test.step(test.incremental("src/a@0", "src/a@1", RESUMABILITY), true);
    zfs.destroyVersion("src/a#" + test.cursor(one));
    String oldCursor = test.cursor(zfs.version("src/a@0"));
    zfs.setFaults(
        FakeFaults.failBefore(
            call -> call.operation() == Operation.BOOKMARK && call.subject().contains("src/a@1")));

    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(() -> test.sender.replicationCursor(A))
          .isInstanceOf(OperationException.class);
      assertThat(test.sender.listVersions(A)).isNotEmpty();
      assertThat(zfs.holdsIn("src/a")).containsOnlyKeys("0", "1");
    }
    SendRequest other = test.incremental("src/a@0", "src/a@3", RESUMABILITY);
    test.sender.send(other).close();
    assertThat(zfs.holdsIn("src/a")).containsOnlyKeys("0", "1", "3");
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(oldCursor);

    zfs.setFaults(FakeFaults.NONE);
    assertThat(test.sender.replicationCursor(A)).hasValue(one.guid());
    assertThat(zfs.holdsIn("src/a")).as("of the step that failed").containsOnlyKeys("0", "3");
    test.sender.send(other).close();
    test.sender.sendCompleted(other);
    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(zfs.version("src/a@3")));
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"RELEASE", "DESTROY_BOOKMARK"})
  void whatCannotBeRemovedIsRemovedByTheNextRunThoughItHasNothingToSend(Operation failing)
      throws Exception {
    zfs.take("src/a@0");
    test.run(RESUMABILITY);
    Snapshot one = zfs.take("src/a@1");
    zfs.setFaults(FakeFaults.failBefore(failing));
    test.run(RESUMABILITY);
    zfs.setFaults(FakeFaults.NONE);

    assertThat(test.plan(RESUMABILITY)).isEmpty();

    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(one));
  }

  @Test
  void foreignBookmarkWithTheNameOfTheCursorIsAnErrorAndStays() throws Exception {
    zfs.take("src/a@0");
    FilesystemVersion other = zfs.version("src/a@0");
    Snapshot one = zfs.take("src/a@1");
    zfs.makeBookmark("src/a@0", test.cursor(one));
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    test.transfer(step);

    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(() -> test.sender.sendCompleted(step))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining(test.cursor(one));
      assertThat(zfs.version("src/a#" + test.cursor(one)).guid()).isEqualTo(other.guid());
      assertThat(zfs.holdsOf("src/a@1")).as("the step stays protected").containsExactly(STEP);
      test.restart();
    }
    assertThat(test.sender.replicationCursor(A)).isEmpty();
  }

  @Test
  void foreignBookmarkWithTheNameOfTheTentativeCursorIsAnErrorAndStays() throws Exception {
    zfs.take("src/a@0");
    FilesystemVersion other = zfs.version("src/a@0");
    Snapshot one = zfs.take("src/a@1");
    zfs.makeBookmark("src/a@0", test.tentative(one));

    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(() -> test.sender.send(test.full("src/a@1", INCREMENTAL)))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining(test.tentative(one));
      assertThat(zfs.version("src/a#" + test.tentative(one)).guid()).isEqualTo(other.guid());
      test.restart();
    }
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void objectsOfOthersAreLeftAloneOnBothSides(ReplicationGuarantee guarantee) throws Exception {
    zfs.take("src/a@1");
    test.run(TestReplication.both(guarantee));
    for (String snapshot : Set.of("src/a@1", "dst/src/a@1")) {
      zfs.placeHold(snapshot, "mine");
      zfs.placeHold(snapshot, "zrepl_STEP_J_push2");
      zfs.placeHold(snapshot, "zrepl_STEP_J_other");
      zfs.placeHold(snapshot, "zrepl_last_received_J_sink2");
      zfs.placeHold(snapshot, "zrepl_last_received_J_pus");
      zfs.makeBookmark(snapshot, "mine");
    }
    Map<String, Set<String>> theirs =
        Map.of(
            "1",
            Set.of(
                "mine",
                "zrepl_STEP_J_push2",
                "zrepl_STEP_J_other",
                "zrepl_last_received_J_sink2",
                "zrepl_last_received_J_pus"));
    test.restart();
    zfs.take("src/a@2");
    zfs.take("src/a@3");

    test.run(TestReplication.both(guarantee));

    assertThat(zfs.holdsIn("src/a")).isEqualTo(theirs);
    assertThat(zfs.holdsIn("dst/src/a")).containsAllEntriesOf(theirs);
    assertThat(zfs.bookmarksOf("src/a")).contains("mine");
    assertThat(zfs.bookmarksOf("dst/src/a")).containsExactly("mine");
  }

  @Test
  void cursorHasGuidAndCreateTxgOfItsSnapshot() throws Exception {
    Snapshot one = zfs.take("src/a@1");
    test.run(RESUMABILITY);
    FilesystemVersion cursor = zfs.version("src/a#" + test.cursor(one));
    assertThat(cursor.isSameStateAs(one)).isTrue();
    assertThat(cursor.createTxg()).isEqualTo(one.createTxg());
  }
}
