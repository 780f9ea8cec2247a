package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.INCREMENTAL;
import static io.zrepl.endpoint.local.TestReplication.NOTHING;
import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.base.BandwidthLimiter;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.FakeZfs.Operation;
import io.zrepl.zfs.SendFlags;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalSenderTest {
  private static final DatasetPath A = DatasetPath.of("src/a");
  private static final String STEP = "zrepl_STEP_J_push";

  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  // ---- listing ----

  @Test
  void listsWhatTheFilterSelects() throws Exception {
    test.filter = Map.of("src<", true, "src/b<", false, "src/b/c", true);
    zfs.create("src/a");
    zfs.create("src/b/c/d");
    zfs.create("other");
    zfs.setPlaceholderValue("src/a", "on");

    assertThat(test.newSender("push").listFilesystems())
        .containsExactly(
            new FilesystemEntry(DatasetPath.of("src"), false, Optional.empty()),
            new FilesystemEntry(A, true, Optional.empty()),
            new FilesystemEntry(DatasetPath.of("src/b/c"), false, Optional.empty()));
  }

  @Test
  void missingDatasetIsNoFailure() throws Exception {
    test.filter = Map.of("src/a", true, "src/nowhere<", true);
    zfs.create("src/a");

    assertThat(test.newSender("push").listFilesystems())
        .extracting(FilesystemEntry::path)
        .containsExactly(A);
  }

  @Test
  void missingPoolDoesNotHideTheOthersAndIsNotForgotten() throws Exception {
    zfs.create("src/a");
    test.filter = Map.of("src<", true, "usb/backup<", true);
    LocalSender sender = test.newSender("push");

    assertThat(sender.listFilesystems())
        .extracting(entry -> entry.path().toString())
        .containsExactly("src", "src/a", "usb/backup");
    assertThat(sender.listVersions(A)).isEmpty();
    assertThatThrownBy(() -> sender.listVersions(DatasetPath.of("usb/backup")))
        .hasMessage("pool 'usb' is not imported")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> assertThat(e.temporary()).isTrue());
    ThrowingCallable again = () -> sender.listVersions(DatasetPath.of("usb/backup"));
    assertThat(catchThrowable(again))
        .as("each thread has its own")
        .isNotSameAs(catchThrowable(again));
  }

  @ParameterizedTest
  @ValueSource(strings = {"<", "sus<"})
  void suspendedPoolDoesNotHideTheOthersAndIsNotForgotten(String pattern) throws Exception {
    zfs.create("src/a");
    zfs.create("sus/b");
    test.filter = Map.of("src<", true, pattern, true);
    LocalSender sender = test.newSender("push");
    zfs.suspendPool("sus");

    assertThat(sender.listFilesystems())
        .extracting(entry -> entry.path().toString())
        .contains("src/a", "sus")
        .doesNotContain("sus/b");
    assertThat(sender.listVersions(A)).isEmpty();
    for (String inPool : List.of("sus", "sus/b")) {
      assertThatThrownBy(() -> sender.listVersions(DatasetPath.of(inPool)))
          .hasMessageContaining("suspended")
          .asInstanceOf(type(OperationException.class))
          .satisfies(e -> {
            assertThat(e.scope()).isEqualTo(FailureScope.POOL);
            assertThat(e.temporary()).isTrue();
          });
    }

    zfs.resumePool("sus");
    assertThat(sender.listFilesystems())
        .extracting(entry -> entry.path().toString())
        .contains("src/a", "sus", "sus/b");
  }

  /** It would otherwise be left out of the run, which would be called a success. */
  @Test
  void filesystemWhosePropertiesCannotBeReadIsOfferedAndSaysWhy() throws Exception {
    zfs.create("src/a");
    zfs.create("src/b");
    zfs.take("src/b@1");
    zfs.forgeProperties("src/b", true);

    assertThat(test.sender.listFilesystems())
        .extracting(entry -> entry.path().toString())
        .contains("src/a", "src/b");
    assertThatThrownBy(() -> test.sender.listVersions(DatasetPath.of("src/b")))
        .hasMessage("cannot tell what src/b is: forged")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> {
          assertThat(e.scope()).isEqualTo(FailureScope.FILESYSTEM);
          assertThat(e.advice().orElseThrow()).contains("zfs inherit zrepl:placeholder src/b");
        });
    assertThat(test.sender.listVersions(A)).isEmpty();

    zfs.forgeProperties("src/b", false);
    assertThat(test.sender.listVersions(DatasetPath.of("src/b"))).hasSize(1);
  }

  @Test
  void poolThatGoesBetweenTheCommandsOfAListingIsNotTakenForOneWithoutSnapshots() throws Exception {
    zfs.create("src/a");
    zfs.create("usb/b");
    zfs.take("src/a@1");
    zfs.take("usb/b@1");
    test.filter = Map.of("<", true);
    LocalSender sender = test.newSender("push");
    zfs.setFaults(
        new FakeFaults() {
          @Override
          public void before(Call call) {
            if (call.operation() == Operation.VERSIONS) {
              zfs.exportPool("usb");
            }
          }
        });

    assertThat(sender.listFilesystems())
        .extracting(entry -> entry.path().toString())
        .contains("src/a", "usb/b");
    assertThatThrownBy(() -> sender.listVersions(DatasetPath.of("usb/b")))
        .hasMessageContaining("pool 'usb' is not imported");
    assertThat(sender.listVersions(A)).hasSize(1);
  }

  @Test
  void nothingIsDestroyedNorSaidToBeInAPoolThatIsNotImportedAnyMore() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    test.sender.listFilesystems();
    zfs.exportPool("src");
    assertThatThrownBy(() -> test.sender.destroySnapshots(A, List.of(one)))
        .hasMessageContaining("pool 'src' is not imported");
    zfs.importPool("src");
    assertThat(zfs.exists("src/a@1")).isTrue();
    assertThat(test.sender.listVersions(A)).contains(one);
  }

  @Test
  void missingPoolIsATemporaryFailureOfThePool() {
    test.filter = Map.of("usb/backup<", true);

    assertThatThrownBy(() -> test.newSender("push").listFilesystems())
        .hasMessage("pool 'usb' is not imported")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> {
          assertThat(e.scope()).isEqualTo(FailureScope.POOL);
          assertThat(e.temporary()).isTrue();
        });
  }

  @Test
  void filterThatSelectsNothingStartsNoProcess() throws Exception {
    test.filter = Map.of("src<", false);

    assertThat(test.newSender("push").listFilesystems()).isEmpty();
    assertThat(zfs.processCount()).isZero();
  }

  @Test
  void versionsComeFromTheListing() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    zfs.makeBookmark("src/a@1", "one");
    test.sender.listFilesystems();
    zfs.resetProcesses();

    assertThat(test.sender.listVersions(A))
        .extracting(FilesystemVersion::relativeName)
        .containsExactly("#one", "@1");
    assertThat(test.sender.listVersions(A).getFirst().guid()).isEqualTo(one.guid());
    assertThat(zfs.processCount()).isZero();
  }

  @Test
  void everyRequestForAFilesystemOutsideOfTheFilterIsRefused() throws Exception {
    test.filter = Map.of("src/b<", true);
    zfs.create("src/a");
    zfs.take("src/a@1");
    LocalSender sender = test.newSender("push");
    SendRequest request = test.full("src/a@1", RESUMABILITY);

    refused(() -> sender.listVersions(A));
    refused(() -> sender.estimate(request));
    refused(() -> sender.send(request));
    refused(() -> sender.sendCompleted(request));
    refused(() -> sender.replicationCursor(A));
    refused(() -> sender.destroySnapshots(A, List.of((Snapshot) zfs.version("src/a@1"))));
    assertThat(zfs.journal()).isEmpty();
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(PolicyException.class)
        .hasMessage("endpoint does not allow access to filesystem src/a");
  }

  // ---- one step ----

  @Test
  void resumabilityHoldsBothSnapshotsBeforeTheStreamStarts() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.take("src/a@2");
    test.sender.listFilesystems();
    zfs.resetProcesses();

    try (SendStream stream =
        test.sender.send(test.incremental("src/a@1", "src/a@2", RESUMABILITY))) {
      assertThat(stream.usesResumeToken()).isFalse();
    }

    assertThat(zfs.journal())
        .containsExactly(
            "HOLD " + STEP + " src/a@1 src/a@2", "LOOKUP src/a@1 src/a@2", "SEND src/a @1 @2");
    assertThat(zfs.holdsIn("src/a")).isEqualTo(Map.of("1", Set.of(STEP), "2", Set.of(STEP)));
  }

  @Test
  void incrementalMakesTentativeCursorsBeforeTheStreamStarts() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");

    test.sender.send(test.incremental("src/a@1", "src/a@2", INCREMENTAL)).close();

    assertThat(zfs.bookmarksOf("src/a"))
        .containsExactlyInAnyOrder(test.tentative(one), test.tentative(two));
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  @Test
  void nothingMakesNoObjects() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");

    test.sender.send(test.full("src/a@1", NOTHING)).close();

    assertThat(zfs.bookmarksOf("src/a")).isEmpty();
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  @Test
  void confirmationMovesTheCursorBeforeItRemovesTheOldOne() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");
    test.run(RESUMABILITY);
    zfs.destroyVersion("src/a#" + test.cursor(two));
    zfs.makeBookmark("src/a@1", test.cursor(one));
    test.restart();
    SendRequest step = test.incremental("src/a@1", "src/a@2", RESUMABILITY);
    test.sender.send(step).close();
    zfs.resetProcesses();

    test.sender.sendCompleted(step);

    assertThat(zfs.journal())
        .containsExactly(
            "BOOKMARK src/a@2 src/a#" + test.cursor(two),
            "LOOKUP src/a#" + test.cursor(two),
            "DESTROY_BOOKMARK src/a#" + test.cursor(one),
            "RELEASE " + STEP + " src/a@1 src/a@2");
    assertThat(test.sender.replicationCursor(A)).hasValue(two.guid());
  }

  @ParameterizedTest
  @EnumSource(io.zrepl.endpoint.ReplicationGuarantee.class)
  void confirmationMayComeTwice(io.zrepl.endpoint.ReplicationGuarantee guarantee) throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    SendRequest step = test.full("src/a@1", protection);
    test.step(step);
    test.sender.sendCompleted(step);

    boolean none = guarantee == io.zrepl.endpoint.ReplicationGuarantee.NOTHING;
    assertThat(zfs.bookmarksOf("src/a")).isEqualTo(none ? Set.of() : Set.of(test.cursor(one)));
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  @Test
  void lateConfirmationDoesNotTouchTheStepThatRuns() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.take("src/a@2");
    SendRequest first = test.full("src/a@1", RESUMABILITY);
    test.transfer(first);
    SendRequest second = test.incremental("src/a@1", "src/a@2", RESUMABILITY);

    try (SendStream stream = test.sender.send(second)) {
      test.sender.sendCompleted(first);
      assertThat(zfs.holdsIn("src/a")).containsOnlyKeys("1", "2");
      test.receiver.receive(TestReplication.receiveRequest(second, stream), stream);
    }
    test.sender.sendCompleted(second);
    test.sender.sendCompleted(first);

    assertThat(test.sender.replicationCursor(A)).hasValue(second.to().guid());
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  @Test
  void confirmationDoesNotNeedTheBase() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");
    SendRequest step = test.incremental("src/a@1", "src/a@2", NOTHING);
    SendRequest confirmed = test.incremental("src/a@1", "src/a@2", INCREMENTAL);
    test.sender.send(step).close();
    zfs.destroyVersion("src/a@1");

    test.sender.sendCompleted(confirmed);

    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(two));
  }

  @Test
  void cursorIsMadeFromTheTentativeOneIfTheSnapshotIsGone() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    SendRequest step = test.full("src/a@1", INCREMENTAL);
    test.transfer(step);
    zfs.destroyVersion("src/a@1");

    test.sender.sendCompleted(step);

    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(one));
  }

  @Test
  void cursorThatWouldBeOfAnotherSnapshotIsNotMade() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@0");
    test.run(INCREMENTAL);
    Set<String> before = zfs.bookmarksOf("src/a");
    zfs.take("src/a@1");
    SendRequest step = test.incremental("src/a@0", "src/a@1", NOTHING);
    test.transfer(step);
    zfs.destroyVersion("src/a@1");
    zfs.take("src/a@1");

    SendRequest confirmed =
        new SendRequest(A, step.from(), step.to(), Optional.empty(), RESUMABILITY);
    assertThatThrownBy(() -> test.sender.sendCompleted(confirmed))
        .hasMessageContaining("is now another version");
    assertThat(zfs.bookmarksOf("src/a")).isEqualTo(before);
  }

  @Test
  void snapshotMadeAgainUnderTheSameNameIsNotSent() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.sender.listFilesystems();
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    zfs.destroyVersion("src/a@1");
    zfs.take("src/a@1");

    assertThatThrownBy(() -> test.sender.send(step))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("src/a@1 is now another version");
    assertThat(zfs.holdsOf("src/a@1")).as("the wrong snapshot").isEmpty();
    assertThat(test.sender.listVersions(A)).containsExactly(zfs.version("src/a@1"));
    assertThatCode(() -> test.sender.send(test.full("src/a@1", RESUMABILITY)).close())
        .doesNotThrowAnyException();
  }

  @Test
  void vanishedSnapshotIsNotSent() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.take("src/a@2");
    test.sender.listFilesystems();
    SendRequest step = test.incremental("src/a@1", "src/a@2", NOTHING);
    zfs.destroyVersion("src/a@1");

    assertThatThrownBy(() -> test.sender.send(step))
        .hasMessageContaining("src/a@1 does not exist any more");
    assertThatThrownBy(() -> test.sender.estimate(step)).hasMessageContaining("does not exist");
  }

  @Test
  void filesystemThatIsBeingSentIsNotSentTwice() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    ActiveSends shared = TestReplication.newSends("push");
    LocalSender one = test.newSender("push", shared);
    LocalSender two = test.newSender("push", shared);
    SendRequest step = test.full("src/a@1", RESUMABILITY);

    SendStream stream = one.send(step);
    assertThatThrownBy(() -> two.send(step))
        .hasMessageContaining("still sending")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> assertThat(e.temporary()).isTrue());
    stream.close();
    stream.close();
    two.send(step).close();
  }

  @Test
  void failedStartDoesNotBlockTheNextSend() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    zfs.setFaults(FakeFaults.failBefore(Operation.SEND));
    assertThatThrownBy(() -> test.sender.send(step)).hasMessageContaining("injected");
    assertThat(zfs.holdsOf("src/a@1")).as("kept for resuming").containsExactly(STEP);

    zfs.setFaults(FakeFaults.NONE);
    test.sender.send(step).close();
  }

  @Test
  void stepWhoseCursorNameDoesNotFitIsRefusedBeforeAnythingIsDone() {
    String filesystem = "src/" + "x".repeat(220);
    zfs.create(filesystem);
    zfs.take(filesystem + "@1");
    SendRequest step = test.full(filesystem + "@1", RESUMABILITY);

    assertThatThrownBy(() -> test.sender.estimate(step))
        .as("so that it is not even begun")
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("cannot keep a replication cursor");
    assertThatThrownBy(() -> test.sender.send(step))
        .hasMessageContaining("cannot keep a replication cursor");
    assertThat(zfs.holdsIn(filesystem)).isEmpty();
  }

  @Test
  void policyIsCheckedBeforeAnythingIsDone() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.flags = new SendFlags(true, false, false, false, false, false, false, false);
    LocalSender sender = test.newSender("push");
    SendRequest step = test.full("src/a@1", RESUMABILITY);

    assertThatThrownBy(() -> sender.estimate(step)).isInstanceOf(PolicyException.class);
    assertThatThrownBy(() -> sender.send(step)).isInstanceOf(PolicyException.class);
    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.processes()).doesNotContainKey(Operation.SEND);
  }

  @Test
  void streamThatIsNotEncryptedAfterAllDoesNotLeave() throws Exception {
    test.flags = new SendFlags(true, false, false, false, false, false, false, false);
    zfs.createEncrypted("src/a");
    zfs.take("src/a@1");
    test.restart();
    test.sender.listFilesystems();
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    // Meanwhile replaced by an unencrypted copy: same name, same guid.
    zfs.setEncrypted("src/a", false);

    try (SendStream stream = test.sender.send(step)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
      assertThatThrownBy(() -> stream.read(buffer)).isInstanceOf(PolicyException.class);
      assertThat(buffer.position()).isZero();
    }
    zfs.setEncrypted("src/a", true);
    test.run(RESUMABILITY);
    assertThat(zfs.exists("dst/src/a@1")).isTrue();
  }

  @Test
  void allStreamsOfAJobShareItsBandwidth() throws Exception {
    test.sendLimiter = BandwidthLimiter.of(Optional.of(new BandwidthLimit(1, 3000)));
    zfs.create("src/a");
    zfs.create("src/b");
    zfs.take("src/a@1");
    zfs.take("src/b@1");
    test.restart();
    test.transfer(test.full("src/a@1", RESUMABILITY)); // about 2000 bytes

    try (SendStream stream = test.sender.send(test.full("src/b@1", RESUMABILITY))) {
      Thread aborting = Thread.ofVirtual().start(stream::abort);
      assertThatThrownBy(
              () -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
                while (stream.read(buffer.clear()) >= 0) {}
              })
          .isInstanceOf(OperationException.class);
      aborting.join();
    }
  }

  @Test
  void estimateChangesNothing() throws Exception {
    zfs.setStreamSize(12345);
    zfs.create("src/a");
    zfs.take("src/a@1");

    assertThat(test.sender.estimate(test.full("src/a@1", RESUMABILITY)))
        .isEqualTo(OptionalLong.of(12345));
    assertThat(zfs.versionsOf("src/a")).containsExactly("@1");
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  // ---- clean-up ----

  @Test
  void leftoversOfEarlierStepsAreRemovedAndThoseOfOthersKept() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");
    Snapshot three = zfs.take("src/a@3");
    zfs.take("src/a@4");
    for (String job : List.of("push", "other-job")) {
      zfs.placeHold("src/a@1", "zrepl_STEP_J_" + job);
      zfs.placeHold("src/a@2", "zrepl_STEP_J_" + job);
      zfs.makeBookmark("src/a@3", TestReplication.cursor(CursorName.Kind.TENTATIVE, three, job));
      zfs.makeBookmark("src/a@2", TestReplication.cursor(CursorName.Kind.REPLICATION, two, job));
    }
    zfs.placeHold("src/a@1", "keep this");
    zfs.makeBookmark("src/a@1", "2");
    zfs.makeBookmark("src/a@2", TestReplication.cursor(CursorName.Kind.TENTATIVE, one, "push"));

    SendRequest step = test.incremental("src/a@3", "src/a@4", RESUMABILITY);
    test.sender.send(step).close();

    assertThat(zfs.holdsIn("src/a"))
        .isEqualTo(
            Map.of(
                "1", Set.of("keep this", "zrepl_STEP_J_other-job"),
                "2", Set.of("zrepl_STEP_J_other-job"),
                "3", Set.of(STEP),
                "4", Set.of(STEP)));
    Set<String> foreign =
        Set.of(
            "2",
            TestReplication.cursor(CursorName.Kind.TENTATIVE, three, "other-job"),
            TestReplication.cursor(CursorName.Kind.REPLICATION, two, "other-job"),
            // its guid is not that of its name
            TestReplication.cursor(CursorName.Kind.TENTATIVE, one, "push"));
    assertThat(zfs.bookmarksOf("src/a"))
        .containsAll(foreign)
        .contains(test.cursor(two))
        .hasSize(foreign.size() + 1);

    test.sender.sendCompleted(step);

    assertThat(zfs.holdsIn("src/a")).containsOnlyKeys("1", "2");
    assertThat(zfs.bookmarksOf("src/a"))
        .containsAll(foreign)
        .contains(test.cursor(zfs.version("src/a@4")))
        .hasSize(foreign.size() + 1);
  }

  @Test
  void tentativeCursorThatIsTheBaseSurvivesTheSend() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    zfs.makeBookmark("src/a@1", test.tentative(one));
    zfs.makeBookmark("src/a@1", "mine");
    zfs.take("src/a@2");

    for (ReplicationProtection protection : List.of(NOTHING, RESUMABILITY, INCREMENTAL)) {
      SendRequest fromTentative =
          test.incremental("src/a#" + test.tentative(one), "src/a@2", protection);
      test.sender.send(fromTentative).close();
      assertThat(zfs.bookmarksOf("src/a")).contains(test.tentative(one));
    }
  }

  @ParameterizedTest
  @EnumSource(io.zrepl.endpoint.ReplicationGuarantee.class)
  void tentativeCursorBesideTheBaseDoesNotDisturb(io.zrepl.endpoint.ReplicationGuarantee guarantee)
      throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    zfs.take("src/a@2");
    zfs.makeBookmark("src/a@1", "mine");
    for (String from : List.of("src/a@1", "src/a#mine")) {
      zfs.makeBookmark("src/a@1", test.tentative(one));
      test.restart();
      SendRequest step = test.incremental(from, "src/a@2", TestReplication.both(guarantee));
      test.sender.send(step).close();
      assertThat(zfs.bookmarksOf("src/a")).contains("mine");
      assertThat(zfs.exists(from)).isTrue();
    }
  }

  @Test
  void holdOfAnAbandonedFirstStepDisappearsWithTheNextSend() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.sender.send(test.full("src/a@1", RESUMABILITY)).close();
    zfs.take("src/a@2");
    test.restart();

    test.sender.send(test.full("src/a@2", RESUMABILITY)).close();

    assertThat(zfs.holdsIn("src/a")).containsOnlyKeys("2");
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"HOLDS", "RELEASE", "DESTROY_BOOKMARK"})
  void failingCleanUpDoesNotFailTheStepAndIsTriedAgain(Operation failing) throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    zfs.placeHold("src/a@1", STEP);
    zfs.makeBookmark("src/a@1", test.tentative(one));
    zfs.take("src/a@2");
    zfs.setFaults(FakeFaults.failBefore(failing));

    SendRequest step = test.full("src/a@2", RESUMABILITY);
    test.step(step);
    zfs.setFaults(FakeFaults.NONE);
    Snapshot three = zfs.take("src/a@3");
    test.step(test.incremental("src/a@2", "src/a@3", RESUMABILITY));

    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(three));
  }

  @Test
  void changeOfTheGuaranteeLeaksNothing() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@0");
    test.run(RESUMABILITY);
    int number = 0;
    for (ReplicationProtection failing : List.of(RESUMABILITY, INCREMENTAL, NOTHING)) {
      for (ReplicationProtection next : List.of(RESUMABILITY, INCREMENTAL, NOTHING)) {
        zfs.take("src/a@" + ++number);
        zfs.failSendsAfter(OptionalLong.of(100));
        assertThatThrownBy(() -> test.run(failing)).hasMessageContaining("injected");
        zfs.failSendsAfter(OptionalLong.empty());
        if (number % 2 == 0) {
          test.restart();
        }
        test.run(next);

        assertThat(zfs.holdsIn("src/a")).isEmpty();
        assertThat(zfs.bookmarksOf("src/a"))
            .isEqualTo(
                next.equals(NOTHING)
                    ? Set.of()
                    : Set.of(test.cursor(zfs.version("src/a@" + number))));
        assertThat(zfs.holdsIn("dst/src/a").keySet())
            .isEqualTo(next.equals(NOTHING) ? Set.of() : Set.of(String.valueOf(number)));
      }
    }
  }

  // ---- cursor ----

  @Test
  void cursorIsTheYoungestOfThisJob() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");
    Snapshot three = zfs.take("src/a@3");
    assertThat(test.sender.replicationCursor(A)).isEmpty();
    zfs.makeBookmark("src/a@2", test.cursor(two));
    zfs.makeBookmark("src/a@1", test.cursor(one));
    zfs.makeBookmark("src/a@3", test.tentative(three));
    zfs.makeBookmark("src/a@3", CursorName.LEGACY);
    zfs.makeBookmark(
        "src/a@3", TestReplication.cursor(CursorName.Kind.REPLICATION, three, "other"));
    test.restart();

    assertThat(test.sender.replicationCursor(A)).hasValue(two.guid());
  }

  // ---- destroying ----

  @Test
  void destroysTheBatchAndTellsWhatRemains() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    Snapshot two = zfs.take("src/a@2");
    Snapshot three = zfs.take("src/a@3");
    Snapshot four = zfs.take("src/a@4");
    Snapshot five = zfs.take("src/a@5");
    test.sender.listFilesystems();
    zfs.placeHold("src/a@2", "mine");
    zfs.destroyVersion("src/a@3");
    zfs.take("src/a@3");
    zfs.destroyVersion("src/a@5");
    zfs.resetProcesses();

    List<DestroyResult> results = test.sender.destroySnapshots(A, List.of(five, three, two, one));

    assertThat(results).extracting(DestroyResult::snapshotName).containsExactly("5", "3", "2", "1");
    assertThat(results.get(0).error()).isEmpty();
    assertThat(results.get(1).error().orElse("")).contains("is now another snapshot");
    assertThat(results.get(2).error()).hasValue("it is held: dataset is busy");
    assertThat(results.get(3).error()).isEmpty();
    assertThat(zfs.versionsOf("src/a")).containsExactly("@2", "@4", "@3");
    assertThat(zfs.processes()).containsEntry(Operation.LOOKUP, 1);
    assertThat(test.sender.listVersions(A))
        .extracting(FilesystemVersion::guid)
        .contains(two.guid(), four.guid())
        .doesNotContain(one.guid(), three.guid());
  }

  @Test
  void destroyingNothingStartsNoProcess() throws Exception {
    zfs.create("src/a");

    assertThat(test.sender.destroySnapshots(A, List.of())).isEmpty();
    assertThat(zfs.processCount()).isZero();
  }
}
