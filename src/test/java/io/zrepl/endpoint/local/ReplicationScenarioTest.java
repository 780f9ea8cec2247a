package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.INCREMENTAL;
import static io.zrepl.endpoint.local.TestReplication.NOTHING;
import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.SendFlags;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stories that need both sides. */
class ReplicationScenarioTest {
  private static final String LAST = "zrepl_last_received_J_sink";

  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void completedStepLeavesExactlyTheObjectsOfItsGuarantee(ReplicationGuarantee guarantee)
      throws Exception {
    zfs.create("src/a");
    for (int i = 0; i < 3; i++) {
      Snapshot newest = zfs.take("src/a@" + i);
      test.run(TestReplication.both(guarantee));

      boolean nothing = guarantee == ReplicationGuarantee.NOTHING;
      assertThat(zfs.holdsIn("src/a")).isEmpty();
      assertThat(zfs.bookmarksOf("src/a"))
          .isEqualTo(nothing ? Set.of() : Set.of(test.cursor(newest)));
      assertThat(zfs.holdsIn("dst/src/a"))
          .isEqualTo(nothing ? Map.of() : Map.of("" + i, Set.of(LAST)));
      assertThat(zfs.bookmarksOf("dst/src/a")).isEmpty();
    }
  }

  @Test
  void replicationGoesOnFromTheCursorIfTheCommonSnapshotIsDestroyed() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.destroyVersion("src/a@1");
    zfs.take("src/a@2");

    test.run(RESUMABILITY);

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1", "@2");
  }

  @Test
  void tentativeCursorMayBeTheOnlyBase() throws Exception {
    zfs.create("src/a");
    Snapshot one = zfs.take("src/a@1");
    test.run(INCREMENTAL);
    zfs.makeBookmark("src/a@1", test.tentative(one));
    zfs.destroyVersion("src/a@1");
    zfs.destroyVersion("src/a#" + test.cursor(one));
    zfs.take("src/a@2");
    test.restart();

    test.run(NOTHING);

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1", "@2");
    assertThat(zfs.bookmarksOf("src/a")).isEmpty();
  }

  @Test
  void lostConfirmationOfAnIncrementalGuaranteeDoesNotPreventTheNextStep() throws Exception {
    loseConfirmation(INCREMENTAL);
    zfs.destroyVersion("src/a@1");
    zfs.destroyVersion("src/a@2");
    zfs.destroyVersion("dst/src/a@1");
    finish(INCREMENTAL);
  }

  @Test
  void lostConfirmationOfResumabilityKeepsTheSnapshots() throws Exception {
    loseConfirmation(RESUMABILITY);
    for (String name : List.of("src/a@1", "src/a@2")) {
      assertThatThrownBy(() -> zfs.destroyVersion(name)).hasMessageContaining("busy");
    }
    finish(RESUMABILITY);
  }

  private void loseConfirmation(ReplicationProtection protection) throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(protection);
    zfs.take("src/a@2");
    test.transfer(test.plan(protection).getFirst());
    assertThat(zfs.holdsIn("dst/src/a")).containsOnlyKeys("2");
    test.restart();
  }

  private void finish(ReplicationProtection protection) throws Exception {
    Snapshot three = zfs.take("src/a@3");
    test.run(protection);
    assertThat(zfs.exists("dst/src/a@3")).isTrue();
    assertThat(zfs.holdsIn("src/a")).isEmpty();
    assertThat(zfs.bookmarksOf("src/a")).containsExactly(test.cursor(three));
    assertThat(zfs.holdsIn("dst/src/a")).containsOnlyKeys("3");
  }

  @Test
  void placeholdersReappearAsPlaceholdersInAChain() throws Exception {
    zfs.create("src/a/b");
    zfs.take("src/a/b@1");
    zfs.create("dst2");
    test.filter = Map.of("src/a/b", true);
    test.placeholders = PlaceholderEncryption.OFF;
    test.restart();
    test.run(RESUMABILITY);

    test.filter = Map.of("dst", false, "dst<", true);
    test.sender = test.newSender("push");
    test.receiver = test.newReceiver("dst2", new ReceiveLocks());
    test.run(RESUMABILITY);

    assertThat(zfs.exists("dst2/dst/src/a/b@1")).isTrue();
    assertThat(zfs.datasetOf("dst2/dst/src/a").placeholder().isPlaceholder()).isTrue();
    assertThat(zfs.datasetOf("dst2/dst/src/a/b").placeholder().isPlaceholder()).isFalse();
    assertThat(zfs.holdsIn("dst/src/a/b")).as("that of the first sink").containsOnlyKeys("1");
  }

  @Test
  void severalJobsReplicateOneFilesystemWithoutDisturbingEachOther() throws Exception {
    zfs.create("src/a");
    zfs.create("dst2");
    zfs.take("src/a@1");
    LocalSender first = test.sender;
    LocalReceiver firstReceiver = test.receiver;
    LocalSender second = test.newSender("second");
    LocalReceiver secondReceiver = test.newReceiver("dst2", new ReceiveLocks());
    for (int i = 2; i < 5; i++) {
      SendRequest step =
          i == 2
              ? test.full("src/a@1", RESUMABILITY)
              : test.incremental("src/a@" + (i - 2), "src/a@" + (i - 1), RESUMABILITY);
      test.transfer(step); // the first is not confirmed yet
      test.sender = second;
      test.receiver = secondReceiver;
      test.step(step);
      assertThat(zfs.holdsOf("src/a@" + (i - 1))).containsExactly("zrepl_STEP_J_push");
      first.sendCompleted(step);
      test.sender = first;
      test.receiver = firstReceiver;
      zfs.take("src/a@" + i);
    }

    assertThat(zfs.bookmarksOf("src/a"))
        .containsExactlyInAnyOrder(
            test.cursor(zfs.version("src/a@3")),
            TestReplication.cursor(CursorName.Kind.REPLICATION, zfs.version("src/a@3"), "second"));
    assertThat(zfs.holdsIn("src/a")).isEmpty();
  }

  @Test
  void tokenOfAnotherFilesystemIsRefused() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.create("src/b");
    zfs.take("src/b@1");
    zfs.failSendsAfter(OptionalLong.of(100));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    SendRequest forged =
        new SendRequest(
            DatasetPath.of("src/b"),
            Optional.empty(),
            (Snapshot) zfs.version("src/b@1"),
            zfs.datasetOf("dst/src/a").resumeToken(),
            RESUMABILITY);
    zfs.resetProcesses();

    assertThatThrownBy(() -> test.sender.estimate(forged)).isInstanceOf(ResumeTokenException.class);
    assertThatThrownBy(() -> test.sender.send(forged)).isInstanceOf(ResumeTokenException.class);
    assertThat(zfs.journal()).noneMatch(call -> call.startsWith("SEND"));
  }

  @Test
  void partialStateOfAnotherEncryptionPolicyIsNotResumed() throws Exception {
    zfs.createEncrypted("src/a");
    zfs.take("src/a@1");
    test.filter = Map.of("src/a", true);
    test.restart();
    zfs.failSendsAfter(OptionalLong.of(100));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    test.flags = new SendFlags(true, false, false, false, false, false, false, false);
    test.restart();

    SendRequest resuming = test.plan(RESUMABILITY).getFirst();
    assertThat(resuming.resumeToken()).isPresent();
    assertThatThrownBy(() -> test.sender.send(resuming))
        .isInstanceOf(ResumeTokenException.class)
        .hasMessageContaining("does not have rawok=true");
    test.step(test.full("src/a@1", RESUMABILITY));

    assertThat(zfs.exists("dst/src/a@1")).isTrue();
    assertThat(zfs.datasetOf("dst/src/a").encrypted()).isTrue();
  }
}
