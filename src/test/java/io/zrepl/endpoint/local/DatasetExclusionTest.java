package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.lock.DatasetActivity;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the endpoints do with a dataset and what others do with it exclude each other. */
class DatasetExclusionTest {
  private static final DatasetPath SOURCE = DatasetPath.of("src/a");
  private static final DatasetPath TARGET = DatasetPath.of("dst/src/a");

  private final DatasetLocks locks = new DatasetLocks(Optional.empty(), Duration.ZERO);
  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  @BeforeEach
  void makeEndpoints() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.sender = test.newSender("push", new ActiveSends(locks, JobId.parse("push")));
    test.receiver = test.newReceiver("dst", new ReceiveLocks(locks));
  }

  private boolean isFree(DatasetPath dataset, DatasetActivity activity) throws Exception {
    try (DatasetLocks.Held _ = locks.enter(dataset, activity, "test")) {
      return true;
    } catch (OperationException e) {
      assertThat(e.temporary()).isTrue();
      return false;
    }
  }

  @Test
  void protectionCannotBeReleasedUntilTheStreamIsClosed() throws Exception {
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    try (SendStream stream = test.sender.send(step)) {
      assertThat(stream).isNotNull();
      assertThat(isFree(SOURCE, DatasetActivity.RELEASE_PROTECTION)).isFalse();
      assertThat(isFree(SOURCE, DatasetActivity.ROLL_BACK)).isFalse();
      assertThat(isFree(SOURCE, DatasetActivity.SEND)).as("by another job").isTrue();
    }
    assertThat(isFree(SOURCE, DatasetActivity.RELEASE_PROTECTION)).isTrue();
    assertThat(isFree(SOURCE, DatasetActivity.ROLL_BACK)).isTrue();
  }

  @Test
  void sendThatFailsToStartLeavesNothingLocked() throws Exception {
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    zfs.destroyVersion("src/a@1");
    assertThatThrownBy(() -> test.sender.send(step)).isInstanceOf(OperationException.class);
    assertThat(isFree(SOURCE, DatasetActivity.RELEASE_PROTECTION)).isTrue();
  }

  @Test
  void stepDoesNotBeginWhileProtectionIsReleased() throws Exception {
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    try (DatasetLocks.Held _ =
        locks.enter(SOURCE, DatasetActivity.RELEASE_PROTECTION, "a command")) {
      assertThatThrownBy(() -> test.sender.send(step))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining("src/a")
          .hasMessageContaining("a command");
      assertThatThrownBy(() -> test.sender.sendCompleted(step))
          .isInstanceOf(OperationException.class);
    }
    assertThat(zfs.holdsOf("src/a@1")).isEmpty();
    test.step(step);
    assertThat(zfs.exists("dst/src/a@1")).isTrue();
  }

  @Test
  void receiveDoesNotBeginWhileTheTargetIsInUse() throws Exception {
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    for (DatasetActivity activity :
        List.of(DatasetActivity.RELEASE_PROTECTION, DatasetActivity.MARK_PLACEHOLDER)) {
      try (DatasetLocks.Held _ = locks.enter(TARGET, activity, "a command")) {
        assertThatThrownBy(() -> test.transfer(step))
            .isInstanceOf(OperationException.class)
            .hasMessageContaining("dst/src/a")
            .hasMessageContaining("a command");
      }
    }
    assertThat(zfs.exists("dst/src/a")).isFalse();
    test.step(step);
    assertThat(isFree(TARGET, DatasetActivity.RECEIVE)).isTrue();
  }

  @Test
  void snapshotsAreNotDestroyedWhileTheyAreRolledBack() throws Exception {
    Snapshot snapshot = (Snapshot) zfs.version("src/a@1");
    try (DatasetLocks.Held _ = locks.enter(SOURCE, DatasetActivity.ROLL_BACK, "a receive")) {
      assertThatThrownBy(() -> test.sender.destroySnapshots(SOURCE, List.of(snapshot)))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining("a receive");
    }
    assertThat(zfs.exists("src/a@1")).isTrue();
    assertThat(test.sender.destroySnapshots(SOURCE, List.of(snapshot)))
        .allMatch(result -> result.error().isEmpty());
    assertThat(zfs.exists("src/a@1")).isFalse();
  }

  @Test
  void placeholderIsNotReplacedWhileItsSnapshotsAreInUse() throws Exception {
    zfs.create("dst/src");
    zfs.create("dst/src/a");
    zfs.setPlaceholderValue("dst/src/a", "on");
    zfs.take("dst/src/a@old");
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    try (DatasetLocks.Held _ = locks.enter(TARGET, DatasetActivity.SEND, "another job")) {
      assertThatThrownBy(() -> test.transfer(step))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining("another job");
    }
    assertThat(zfs.exists("dst/src/a@old")).isTrue();
    test.step(step);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
  }

  @Test
  void tentativeCursorThatWasReleasedMeanwhileIsATemporaryFailureAndMadeAgain() throws Exception {
    SendRequest step = test.full("src/a@1", TestReplication.INCREMENTAL);
    test.sender.listFilesystems();
    test.sender.send(step).close();
    String tentative = "src/a#" + test.tentative(zfs.version("src/a@1"));
    zfs.destroyVersion(tentative);

    assertThatThrownBy(() -> test.sender.send(step))
        .isInstanceOfSatisfying(OperationException.class, e -> assertThat(e.temporary()).isTrue());
    test.sender.send(step).close();
    assertThat(zfs.exists(tentative)).isTrue();
  }

  @Test
  void oneStepDoesNotWaitForAnotherOfItsJobWithoutEnd() throws Exception {
    ActiveSends sends = new ActiveSends(locks, JobId.parse("push"), Duration.ZERO);
    CompletableFuture<OperationException> refused = new CompletableFuture<>();
    try (ActiveSends.Exclusive _ = sends.enter(SOURCE)) {
      Thread.startVirtualThread(
              () -> {
                try (ActiveSends.Exclusive _ = sends.enter(SOURCE)) {
                  refused.completeExceptionally(new AssertionError("both are in"));
                } catch (OperationException e) {
                  refused.complete(e);
                } catch (InterruptedException e) {
                  refused.completeExceptionally(e);
                }
              })
          .join();
    }
    assertThat(refused.get().temporary()).isTrue();
    assertThat(refused.get()).hasMessageContaining("another step of job \"push\"");
    try (ActiveSends.Exclusive exclusive = sends.enter(SOURCE)) {
      assertThat(exclusive).as("it is free again").isNotNull();
    }
  }

  @Test
  void oldCursorIsWarnedOfOncePerFilesystem() throws Exception {
    ActiveSends sends = new ActiveSends(locks, JobId.parse("push"));
    assertThat(sends.warnOfLegacyCursor(SOURCE)).isTrue();
    assertThat(sends.warnOfLegacyCursor(SOURCE)).isFalse();
    assertThat(sends.warnOfLegacyCursor(TARGET)).isTrue();
  }
}
