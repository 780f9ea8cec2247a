package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.NOTHING;
import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.PropertyName;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.FakeZfs.Operation;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalReceiverTest {
  private static final DatasetPath A = DatasetPath.of("src/a");
  private static final String LAST = "zrepl_last_received_J_sink";

  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  private void restart() {
    test.restart();
  }

  // ---- what a client sees ----

  @Test
  void clientSeesOnlyWhatLiesStrictlyBelowItsRoot() throws Exception {
    test.client = Optional.of("laptop");
    zfs.create("dst/laptop/src/a");
    zfs.create("dst/laptop2/src/b");
    zfs.setPlaceholderValue("dst/laptop/src", "on");
    restart();

    assertThat(test.receiver.listFilesystems())
        .containsExactly(
            new FilesystemEntry(DatasetPath.of("src"), true, Optional.empty()),
            new FilesystemEntry(A, false, Optional.empty()));
    assertThatThrownBy(() -> test.receiver.listVersions(DatasetPath.of("src/b")))
        .hasMessageContaining("does not exist on the receiver");
  }

  @Test
  void sizesAreThoseOfTheClientsFilesystems() throws Exception {
    test.client = Optional.of("laptop");
    zfs.create("dst/laptop/src/a");
    zfs.take("dst/laptop/src/a@1");
    zfs.create("dst/other/src/b");
    zfs.take("dst/other/src/b@1");
    restart();

    assertThat(test.receiver.sizes(List.of(A, DatasetPath.of("src/b"))))
        .containsExactly(Map.entry(A, 1L));
  }

  @Test
  void clientDestroysOnlyBelowItsRoot() throws Exception {
    test.client = Optional.of("laptop");
    zfs.create("dst/laptop/src/a");
    Snapshot theirs = zfs.take("dst/laptop/src/a@1");
    zfs.create("dst/other/src/a");
    Snapshot foreign = zfs.take("dst/other/src/a@1");
    restart();

    assertThat(test.receiver.destroySnapshots(A, List.of(foreign)).getFirst().error()).isPresent();
    assertThat(test.receiver.destroySnapshots(A, List.of(theirs)))
        .containsExactly(new DestroyResult("1", Optional.empty()));
    assertThat(zfs.exists("dst/other/src/a@1")).isTrue();
    assertThat(zfs.exists("dst/laptop/src/a@1")).isFalse();
  }

  @Test
  void newClientHasNothing() throws Exception {
    test.client = Optional.of("laptop");
    restart();

    assertThat(test.receiver.listFilesystems()).isEmpty();
    assertThat(zfs.exists("dst/laptop")).as("created only when needed").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dst/backups", "usb/backups", "usb"})
  void missingRootIsATemporaryFailureOfThePool(String root) {
    LocalReceiver receiver = test.newReceiver(root, new ReceiveLocks());
    zfs.create("src/a");
    zfs.take("src/a@1");

    String message =
        root.startsWith("usb")
            ? "pool 'usb' is not imported"
            : "root_fs \"dst/backups\" does not exist";
    assertThatThrownBy(receiver::listFilesystems)
        .hasMessage(message)
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> {
          assertThat(e.scope()).isEqualTo(FailureScope.POOL);
          assertThat(e.temporary()).isTrue();
        });
    test.receiver = receiver;
    assertThatThrownBy(() -> test.transfer(test.full("src/a@1", RESUMABILITY))).hasMessage(message);
    assertThat(zfs.exists("dst/backups")).isFalse();
  }

  /** It would otherwise look as if it were to be created. */
  @Test
  void filesystemWhosePropertiesCannotBeReadIsListedAndNothingIsReceivedIntoOrBelowIt()
      throws Exception {
    zfs.create("src/a/b");
    zfs.take("src/a@1");
    zfs.take("src/a/b@1");
    zfs.create("dst/src/a");
    zfs.forgeProperties("dst/src/a", true);
    restart();

    assertThat(test.receiver.listFilesystems())
        .extracting(FilesystemEntry::path)
        .contains(A)
        .doesNotHaveDuplicates();
    assertThatThrownBy(() -> test.receiver.listVersions(A))
        .hasMessage("cannot tell what dst/src/a is: forged");
    for (String step : List.of("src/a@1", "src/a/b@1")) {
      assertThatThrownBy(() -> test.transfer(test.full(step, RESUMABILITY)))
          .hasMessage("cannot tell what dst/src/a is: forged");
    }
    assertThat(zfs.exists("dst/src/a/b")).isFalse();
  }

  @Test
  void nothingIsReceivedByWayOfAPlaceholderWhileItIsNotKnownWhetherTheRootIsEncrypted()
      throws Exception {
    test.client = Optional.of("laptop");
    zfs.createEncrypted("dst/vault");
    zfs.create("dst/vault/laptop/src/a");
    for (String inTheClear :
        List.of("dst/vault/laptop", "dst/vault/laptop/src", "dst/vault/laptop/src/a")) {
      zfs.setEncrypted(inTheClear, false);
      zfs.setPlaceholderValue(inTheClear, "on");
    }
    zfs.create("src/a/b");
    zfs.take("src/a/b@1");
    zfs.forgeProperties("dst/vault", true);
    test.sender = test.newSender("push");
    test.receiver = test.newReceiver("dst/vault", new ReceiveLocks());
    test.receiver.listFilesystems();

    assertThatThrownBy(() -> test.transfer(test.full("src/a/b@1", RESUMABILITY)))
        .hasMessageContaining("cannot tell what dst/vault is");
    assertThat(zfs.exists("dst/vault/laptop/src/a/b")).isFalse();
    zfs.forgeProperties("dst/vault", false);
    assertThatThrownBy(() -> test.transfer(test.full("src/a/b@1", RESUMABILITY)))
        .as("what was not known before is looked for again")
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("would be stored unencrypted");
  }

  /** Pruning leaves alone what is held, and names who holds it. */
  @Test
  void holdThatWasThereBeforeIsNotCountedTwice() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    test.transfer(step);
    zfs.setPlaceholderValue("dst/src/a", "on");
    restart();
    test.receiver.listFilesystems();
    test.transfer(step);

    assertThat(test.receiver.listVersions(A))
        .singleElement()
        .isInstanceOfSatisfying(
            Snapshot.class, snapshot -> assertThat(snapshot.userReferences()).hasValue(1));
  }

  @Test
  void parentThatSomebodyDestroyedIsMadeAgainByTheNextTry() throws Exception {
    zfs.create("src/a/b");
    zfs.take("src/a/b@1");
    zfs.create("dst/src/a");
    restart();
    test.receiver.listFilesystems();
    zfs.destroy("dst/src/a");

    SendRequest step = test.full("src/a/b@1", RESUMABILITY);
    assertThatThrownBy(() -> test.transfer(step)).isInstanceOf(ZfsException.class);
    test.transfer(step);

    assertThat(zfs.exists("dst/src/a/b@1")).isTrue();
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
  }

  // ---- placeholders ----

  @Test
  void missingParentsBecomePlaceholdersFromTopToBottom() throws Exception {
    test.client = Optional.of("laptop");
    test.filter = Map.of("src/a/b/c", true);
    zfs.create("src/a/b/c");
    zfs.take("src/a/b/c@1");
    restart();

    test.run(RESUMABILITY);

    assertThat(zfs.journal())
        .containsSubsequence(
            "CREATE_PLACEHOLDER dst/laptop INHERIT",
            "CREATE_PLACEHOLDER dst/laptop/src INHERIT",
            "CREATE_PLACEHOLDER dst/laptop/src/a INHERIT",
            "CREATE_PLACEHOLDER dst/laptop/src/a/b INHERIT",
            "RECEIVE dst/laptop/src/a/b/c@1");
    assertThat(zfs.datasetOf("dst/laptop/src/a/b").placeholder().isPlaceholder()).isTrue();
    assertThat(zfs.datasetOf("dst/laptop/src/a/b/c").placeholder().isPlaceholder()).isFalse();
  }

  @Test
  void unspecifiedEncryptionRefusesANewPlaceholderButNotTheRootOfTheClient() throws Exception {
    test.client = Optional.of("laptop");
    test.placeholders = PlaceholderEncryption.UNSPECIFIED;
    test.filter = Map.of("src/a", true);
    zfs.create("src/a");
    zfs.take("src/a@1");
    restart();

    assertThatThrownBy(() -> test.run(RESUMABILITY))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining(
            "cannot create placeholder filesystem dst/laptop/src: placeholder filesystem encryption"
                + " handling is unspecified in receiver config");
    assertThat(zfs.exists("dst/laptop")).isTrue();
    assertThat(zfs.exists("dst/laptop/src")).isFalse();

    zfs.create("dst/laptop/src");
    test.run(RESUMABILITY);
    assertThat(zfs.exists("dst/laptop/src/a@1")).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = PlaceholderEncryption.class,
      names = {"INHERIT", "OFF"})
  void placeholdersHaveTheEncryptionOfTheSettings(PlaceholderEncryption encryption)
      throws Exception {
    test.placeholders = encryption;
    test.filter = Map.of("src/a", true);
    zfs.createEncrypted("dst/vault");
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.receiver = test.newReceiver("dst/vault", new ReceiveLocks());
    test.sender = test.newSender("push");

    test.run(RESUMABILITY);

    assertThat(zfs.datasetOf("dst/vault/src").encrypted())
        .isEqualTo(encryption == PlaceholderEncryption.INHERIT);
  }

  @Test
  void receiversOfSeveralConnectionsCreateTheSameParentsWithoutConflict() throws Exception {
    ReceiveLocks shared = new ReceiveLocks();
    int count = 8;
    Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < count; i++) {
      zfs.create("src/x/y/fs" + i);
      zfs.take("src/x/y/fs" + i + "@1");
    }
    try (TaskGroup group = new TaskGroup("receivers")) {
      for (int i = 0; i < count; i++) {
        LocalReceiver receiver = test.newReceiver("dst", shared);
        receiver.listFilesystems();
        SendRequest step = test.full("src/x/y/fs" + i + "@1", RESUMABILITY);
        group.fork(
            "receiver " + i,
            () -> {
              try (SendStream stream = test.sender.send(step)) {
                receiver.receive(TestReplication.receiveRequest(step, stream), stream);
              } catch (OperationException e) {
                failures.add(e);
              }
            });
      }
      group.await();
    }

    assertThat(failures).isEmpty();
    assertThat(zfs.processes()).containsEntry(Operation.CREATE_PLACEHOLDER, 3);
    for (int i = 0; i < count; i++) {
      assertThat(zfs.exists("dst/src/x/y/fs" + i + "@1")).isTrue();
    }
  }

  @Test
  void placeholderIsReplacedWhenTheSenderReplicatesItForReal() throws Exception {
    replicateChildOnly();
    zfs.take("dst/src/a@autosnap-1");
    zfs.take("dst/src/a@autosnap-2");
    zfs.makeBookmark("dst/src/a@autosnap-2", "younger");
    test.filter = Map.of("src/a<", true);
    zfs.take("src/a@1");
    restart();

    test.run(RESUMABILITY);

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().localValue()).hasValue("off");
    assertThat(zfs.versionsOf("dst/src/a/child")).containsExactly("@1");
    assertThat(zfs.holdsIn("dst/src/a")).isEqualTo(Map.of("1", Set.of(LAST)));
    assertThat(zfs.receives().getLast().force()).isTrue();

    zfs.take("src/a@2");
    test.run(RESUMABILITY);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1", "@2");
    assertThat(zfs.receives().getLast().force()).isFalse();
  }

  private void replicateChildOnly() throws Exception {
    test.filter = Map.of("src/a/child", true);
    zfs.create("src/a/child");
    zfs.take("src/a/child@1");
    restart();
    test.run(RESUMABILITY);
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
  }

  private SendRequest replacementOfAPlaceholderWithSnapshots() throws Exception {
    replicateChildOnly();
    zfs.take("dst/src/a@autosnap-1");
    zfs.take("dst/src/a@autosnap-2");
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    return test.full("src/a@1", RESUMABILITY);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 311, 400, 623})
  void streamThatBreaksBeforeItHasBegunDestroysNothing(int length) throws Exception {
    SendRequest step = replacementOfAPlaceholderWithSnapshots();
    try (SendStream whole = test.sender.send(step)) {
      byte[] bytes = Arrays.copyOf(BytesStream.drain(whole, 4096), length);
      OperationException broken = OperationException.permanent("the line is cut");
      for (Optional<OperationException> failure :
          List.of(Optional.of(broken), Optional.<OperationException>empty())) {
        BytesStream stream = new BytesStream(bytes, 100, failure);
        assertThatThrownBy(
                () -> test.receiver.receive(TestReplication.receiveRequest(step, stream), stream))
            .isInstanceOf(OperationException.class);
      }
    }
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@autosnap-1", "@autosnap-2");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
    test.step(step);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
  }

  @Test
  void placeholderWithSnapshotsIsNotReplacedWhereClientsMayNotDestroy() throws Exception {
    test.keepsSnapshots = true;
    SendRequest step = replacementOfAPlaceholderWithSnapshots();
    assertThatThrownBy(() -> test.step(step))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("dst/src/a: it has snapshots (autosnap-1")
        .hasMessageContaining("serve.forbid_destroy");
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@autosnap-1", "@autosnap-2");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();

    zfs.destroyVersion("dst/src/a@autosnap-1");
    zfs.destroyVersion("dst/src/a@autosnap-2");
    restart();
    test.step(step);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
  }

  @Test
  void streamOfAnotherSnapshotDestroysNothing() throws Exception {
    SendRequest step = replacementOfAPlaceholderWithSnapshots();
    zfs.take("src/a@2");
    try (SendStream stream = test.sender.send(test.full("src/a@2", RESUMABILITY))) {
      assertThatThrownBy(
              () -> test.receiver.receive(TestReplication.receiveRequest(step, stream), stream))
          .hasMessageContaining("its stream brings the snapshot of guid");
    }
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@autosnap-1", "@autosnap-2");
  }

  @Test
  void datasetThatIsNoPlaceholderAnyMoreWhenTheStreamBeginsIsNotReplaced() throws Exception {
    SendRequest step = replacementOfAPlaceholderWithSnapshots();
    try (SendStream stream =
        duringTheFirstRead(
            test.sender.send(step), () -> zfs.setPlaceholderValue("dst/src/a", "off"))) {
      assertThatThrownBy(
              () -> test.receiver.receive(TestReplication.receiveRequest(step, stream), stream))
          .hasMessageContaining("somebody has changed it");
    }
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@autosnap-1", "@autosnap-2");
    assertThat(zfs.receives())
        .noneMatch(receive -> receive.target().toString().equals("dst/src/a@1"));
  }

  @Test
  void interruptedReplacementThatSomebodyHasTakenASnapshotOfIsNotForced() throws Exception {
    SendRequest step = replacementOfAPlaceholderWithSnapshots();
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.step(step)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    zfs.setPlaceholderValue("dst/src/a", "off");
    restart();
    SendRequest resumed = test.plan(RESUMABILITY).getFirst();
    assertThat(resumed.resumeToken()).isPresent();
    try (SendStream stream =
        duringTheFirstRead(test.sender.send(resumed), () -> zfs.take("dst/src/a@mine"))) {
      assertThatThrownBy(
              () -> test.receiver.receive(TestReplication.receiveRequest(resumed, stream), stream))
          .hasMessageContaining("somebody has changed it");
    }
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@mine");
  }

  private static SendStream duringTheFirstRead(SendStream stream, Runnable event) {
    return new ForwardingSendStream(stream) {
      private boolean happened;

      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        if (!happened) {
          happened = true;
          event.run();
        }
        return super.read(buffer);
      }
    };
  }

  @Test
  void failedReplacementWithoutPartialStateLeavesAPlaceholder() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    zfs.setFaults(FakeFaults.failBefore(Operation.RECEIVE));

    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();

    zfs.setFaults(FakeFaults.NONE);
    test.run(RESUMABILITY);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isFalse();
  }

  @Test
  void placeholderWithPartialStateIsResumedAndEndsAsNone() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    assertThat(zfs.datasetOf("dst/src/a").resumeToken()).isPresent();
    zfs.failSendsAfter(OptionalLong.empty());

    test.run(RESUMABILITY);

    assertThat(zfs.journal()).contains("SEND src/a @1 resumed");
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().localValue()).hasValue("off");
    assertThat(zfs.versionsOf("dst/src/a/child")).containsExactly("@1");
  }

  @Test
  void forcedReceiveThatAnotherProgramBeganIsResumedWithForce() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    // The other program clears the mark before it receives.
    zfs.setPlaceholderValue("dst/src/a", "off");

    test.run(RESUMABILITY);

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
  }

  @Test
  void forcedReceiveWhosePartialStateIsDroppedAfterACrashIsForcedAgain() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    // ZFS clears the mark when the receive begins, and the machine lost its power.
    zfs.setPlaceholderValue("dst/src/a", "off");
    zfs.take("src/a@2");
    restart();
    test.receiver.listFilesystems();

    test.transfer(test.full("src/a@2", RESUMABILITY));

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@2");
    assertThat(zfs.versionsOf("dst/src/a/child")).containsExactly("@1");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().localValue()).hasValue("off");
    assertThat(test.receiver.listVersions(A)).extracting(v -> v.name()).containsExactly("2");
  }

  @Test
  void forcedReceiveThatFailsWhileItIsResumedLeavesAPlaceholder() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    for (int i = 0; i < 3; i++) {
      zfs.failSendsAfter(OptionalLong.of(300));
      assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
      assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
      assertThat(zfs.datasetOf("dst/src/a").resumeToken()).isPresent();
      restart();
    }
    zfs.failSendsAfter(OptionalLong.empty());
    test.run(RESUMABILITY);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isFalse();
  }

  @Test
  void replacementThatWasCutOffAfterItsEndIsNotRepeated() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();
    test.run(RESUMABILITY);
    Snapshot arrived = (Snapshot) zfs.version("dst/src/a@1");
    // As a program leaves it that clears the mark after the receive, and is killed in between.
    zfs.setPlaceholderValue("dst/src/a", "on");
    zfs.removeHold("dst/src/a@1", LAST);
    restart();
    zfs.resetProcesses();

    test.run(RESUMABILITY);

    assertThat(zfs.processes()).doesNotContainKeys(Operation.RECEIVE, Operation.ROLLBACK);
    assertThat(zfs.version("dst/src/a@1").createTxg()).isEqualTo(arrived.createTxg());
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isFalse();
    assertThat(zfs.holdsOf("dst/src/a@1")).containsExactly(LAST);
  }

  @Test
  void incrementalStreamNeverDestroysTheSnapshotsOfAMarkedDataset() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.setPlaceholderValue("dst/src/a", "on");
    zfs.take("src/a@2");
    restart();

    test.step(test.incremental("src/a@1", "src/a@2", RESUMABILITY));

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1", "@2");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isFalse();
  }

  @Test
  void encryptedPlaceholderIsNeverTouched() throws Exception {
    replicateChildOnly();
    zfs.createEncrypted("dst/src/a");
    zfs.take("dst/src/a@autosnap");
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();

    assertThatThrownBy(() -> test.run(RESUMABILITY))
        .hasMessageContaining("cannot automatically replace placeholder filesystem")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> assertThat(e.advice()).isPresent());
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@autosnap");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
  }

  @Test
  void encryptedStreamDoesNotReplaceAPlaceholderAndDestroysNothing() throws Exception {
    replicateChildOnly();
    zfs.take("dst/src/a@autosnap");
    test.filter = Map.of("src/a", true);
    test.flags = new SendFlags(true, false, false, false, false, false, false, false);
    zfs.createEncrypted("src/a");
    zfs.take("src/a@1");
    restart();

    assertThatThrownBy(() -> test.run(RESUMABILITY))
        .hasMessageContaining("cannot automatically replace placeholder filesystem dst/src/a")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e ->
            assertThat(e.advice().orElseThrow())
                .contains("zfs rename dst/src/a dst/src/a.placeholder"));
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@autosnap");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(PlaceholderEncryption.class)
  void plainStreamIsNotStoredInTheClearBelowAnEncryptedRootByWayOfAPlaceholder(
      PlaceholderEncryption now) throws Exception {
    for (Optional<String> client : List.of(Optional.<String>empty(), Optional.of("laptop"))) {
      String root = client.isEmpty() ? "dst/vault" : "dst/vault2";
      test.client = client;
      test.filter = Map.of("src/a/b", true);
      zfs.createEncrypted(root);
      zfs.create("src/a/b");
      if (!zfs.exists("src/a/b@1")) {
        zfs.take("src/a/b@1");
      }
      // as long as the administrator wanted it so
      test.placeholders = PlaceholderEncryption.OFF;
      test.sender = test.newSender("push");
      test.receiver = test.newReceiver(root, new ReceiveLocks());
      test.run(RESUMABILITY);
      String top = root + client.map(name -> "/" + name).orElse("");
      assertThat(zfs.datasetOf(top + "/src/a/b").encrypted()).isFalse();

      test.placeholders = now;
      test.filter = Map.of("src/a<", true);
      zfs.create("src/a/c");
      for (String snapshot : List.of("src/a@1", "src/a/c@1")) {
        if (!zfs.exists(snapshot)) {
          zfs.take(snapshot);
        }
      }
      test.sender = test.newSender("push");
      test.receiver = test.newReceiver(root, new ReceiveLocks());
      test.receiver.listFilesystems();
      SendRequest replacing = test.full("src/a@1", RESUMABILITY);
      SendRequest below = test.full("src/a/c@1", RESUMABILITY);
      if (now == PlaceholderEncryption.OFF) {
        test.transfer(below);
        test.transfer(replacing);
        continue;
      }
      for (SendRequest step : List.of(replacing, below)) {
        assertThatThrownBy(() -> test.transfer(step))
            .isInstanceOf(PolicyException.class)
            .hasMessageContaining("would be stored unencrypted below the encrypted root_fs " + root)
            .hasMessageContaining("recv.placeholder.encryption \"off\" in job \"sink\"");
      }
      assertThat(zfs.exists(top + "/src/a@1")).isFalse();
      assertThat(zfs.exists(top + "/src/a/c")).isFalse();
      // what is there goes on
      zfs.take("src/a/b@2" + root.length());
      test.step(test.incremental("src/a/b@1", "src/a/b@2" + root.length(), RESUMABILITY));
      zfs.destroyVersion("src/a/b@2" + root.length());
    }
  }

  @ParameterizedTest(name = "resumed {0}, mark cleared {1}, full {2}")
  @CsvSource({
    "true, true, true",
    "true, false, true",
    "false, true, true",
    "false, false, true",
    "false, true, false"
  })
  void placeholderThatAnInterruptedReceiveUnmarkedIsNotFilledInTheClear(
      boolean resumed, boolean unmarked, boolean announcedAsFull) throws Exception {
    zfs.createEncrypted("dst/vault");
    zfs.create("src/a/b");
    zfs.take("src/a/b@1");
    test.filter = Map.of("src/a/b", true);
    test.placeholders = PlaceholderEncryption.OFF;
    restartBelow("dst/vault");
    test.run(RESUMABILITY);
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restartBelow("dst/vault");
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    if (unmarked) {
      // The other program clears the mark before it receives.
      zfs.setPlaceholderValue("dst/vault/src/a", "off");
    }

    test.placeholders = PlaceholderEncryption.INHERIT;
    restartBelow("dst/vault");
    test.receiver.listFilesystems();
    SendRequest anew = test.full("src/a@1", RESUMABILITY);
    assertThatThrownBy(
            () -> {
              if (resumed) {
                test.run(RESUMABILITY);
              } else {
                try (SendStream stream = test.sender.send(anew)) {
                  test.receiver.receive(
                      new ReceiveRequest(A, anew.to(), announcedAsFull, true, RESUMABILITY),
                      stream);
                }
              }
            })
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("would be stored unencrypted below the encrypted root_fs dst/vault");
    assertThat(zfs.exists("dst/vault/src/a@1")).isFalse();
    assertThat(zfs.datasetOf("dst/vault/src/a").resumeToken()).isPresent();

    test.placeholders = PlaceholderEncryption.OFF;
    restartBelow("dst/vault");
    test.run(RESUMABILITY);
    assertThat(zfs.exists("dst/vault/src/a@1")).isTrue();
  }

  private void restartBelow(String root) {
    test.sender = test.newSender("push");
    test.receiver = test.newReceiver(root, new ReceiveLocks());
  }

  @ParameterizedTest(name = "with properties {0}, announced as full {1}, after partial state {2}")
  @CsvSource({
    "false, false, false",
    "true, true, false",
    "true, false, false",
    "true, true, true",
    "true, false, true"
  })
  void newFilesystemBelowAnEncryptedParentIsEncryptedWhateverTheRequestSaysOfItsStream(
      boolean withProperties, boolean announcedAsFull, boolean afterPartialState) throws Exception {
    zfs.createEncrypted("dst/vault");
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.flags = new SendFlags(false, false, withProperties, false, false, false, false, false);
    restartBelow("dst/vault");
    SendRequest step = test.full("src/a@1", RESUMABILITY);
    ReceiveRequest request = new ReceiveRequest(A, step.to(), announcedAsFull, true, RESUMABILITY);
    if (afterPartialState) {
      zfs.failSendsAfter(OptionalLong.of(400));
      try (SendStream stream = test.sender.send(step)) {
        assertThatThrownBy(() -> test.receiver.receive(request, stream))
            .hasMessageContaining("injected");
      }
      zfs.failSendsAfter(OptionalLong.empty());
      assertThat(zfs.datasetOf("dst/vault/src/a").encrypted()).isTrue();
    }
    try (SendStream stream = test.sender.send(step)) {
      test.receiver.receive(request, stream);
    }

    assertThat(zfs.exists("dst/vault/src/a@1")).isTrue();
    assertThat(zfs.datasetOf("dst/vault/src/a").encrypted()).isTrue();
  }

  @Test
  void partialStateThatIsInTheClearBelowAnEncryptedParentIsNotContinued() throws Exception {
    zfs.createEncrypted("dst/vault");
    zfs.create("src/a");
    zfs.take("src/a@1");
    restartBelow("dst/vault");
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    zfs.setEncrypted("dst/vault/src/a", false);
    restartBelow("dst/vault");

    assertThatThrownBy(() -> test.run(RESUMABILITY))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("zfs receive -A dst/vault/src/a");
    assertThat(zfs.exists("dst/vault/src/a@1")).isFalse();
  }

  @Test
  void rawStreamMayGoBelowAnUnencryptedPlaceholder() throws Exception {
    zfs.createEncrypted("dst/vault");
    zfs.create("dst/vault/src");
    zfs.setPlaceholderValue("dst/vault/src", "on");
    zfs.setEncrypted("dst/vault/src", false);
    zfs.createEncrypted("src/a");
    zfs.take("src/a@1");
    test.flags = new SendFlags(true, false, false, false, false, false, false, false);
    test.sender = test.newSender("push");
    test.receiver = test.newReceiver("dst/vault", new ReceiveLocks());

    test.run(RESUMABILITY);

    assertThat(zfs.exists("dst/vault/src/a@1")).isTrue();
  }

  @Test
  void unencryptedFilesystemThatIsNoPlaceholderIsAnExampleToFollow() throws Exception {
    zfs.createEncrypted("dst/vault");
    zfs.create("dst/vault/src");
    zfs.setEncrypted("dst/vault/src", false);
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.sender = test.newSender("push");
    test.receiver = test.newReceiver("dst/vault", new ReceiveLocks());

    test.run(RESUMABILITY);

    assertThat(zfs.datasetOf("dst/vault/src/a").encrypted()).isFalse();
  }

  @Test
  void rootOfAClientIsEncryptedAsTheSettingsSay() throws Exception {
    for (PlaceholderEncryption encryption : PlaceholderEncryption.values()) {
      String root = "dst/vault-" + encryption;
      zfs.createEncrypted(root);
      zfs.create(root + "/laptop2");
      test.client = Optional.of("laptop");
      test.placeholders = encryption;
      zfs.take("src@" + encryption);
      test.filter = Map.of("src", true);
      test.sender = test.newSender("push");
      test.receiver = test.newReceiver(root, new ReceiveLocks());

      test.transfer(test.full("src@" + encryption, RESUMABILITY));

      assertThat(zfs.datasetOf(root + "/laptop").encrypted())
          .as("with %s", encryption)
          .isEqualTo(encryption != PlaceholderEncryption.OFF);
    }
  }

  @Test
  void heldSnapshotOfAPlaceholderPreventsItsReplacement() throws Exception {
    replicateChildOnly();
    zfs.take("dst/src/a@mine");
    zfs.placeHold("dst/src/a@mine", "keep");
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();

    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("busy");
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@mine");
    assertThat(zfs.datasetOf("dst/src/a").placeholder().isPlaceholder()).isTrue();
  }

  @Test
  void inheritedMarkMakesNoPlaceholder() throws Exception {
    replicateChildOnly();
    zfs.take("src/a/child@2");
    test.run(RESUMABILITY);

    assertThat(zfs.versionsOf("dst/src/a/child")).containsExactly("@1", "@2");
    assertThat(zfs.receives()).noneMatch(arguments -> arguments.force());
  }

  @Test
  void realDatasetIsNeverOverwrittenByAFullStream() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.create("dst/src/a");
    zfs.take("dst/src/a@precious");

    assertThatThrownBy(() -> test.transfer(test.full("src/a@1", RESUMABILITY)))
        .hasMessageContaining("destination 'dst/src/a' exists");
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@precious");
  }

  @Test
  void datasetThatAnotherProgramLeftEmptyIsNotOverwrittenButExplained() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.create("dst/src/a");
    zfs.setPlaceholderValue("dst/src/a", "off");

    assertThatThrownBy(() -> test.transfer(test.full("src/a@1", RESUMABILITY)))
        .asInstanceOf(type(OperationException.class))
        .satisfies(e ->
            assertThat(e.advice().orElse("")).contains("zfs set zrepl:placeholder=on dst/src/a"));
  }

  // ---- receiving ----

  @Test
  void propertiesOfTheSettingsAccompanyEveryReceive() throws Exception {
    replicateChildOnly();
    PropertyName mountpoint = PropertyName.of("mountpoint");
    PropertyName mark = PropertyName.of("zrepl:placeholder");
    test.options =
        Optional.of(
            new ReceiveOptions(
                PlaceholderEncryption.INHERIT,
                List.of(mountpoint, mark),
                Map.of(PropertyName.of("canmount"), "off"),
                Optional.empty()));
    test.filter = Map.of("src/a<", true);
    zfs.take("src/a@1");
    zfs.take("src/a/child@2");
    restart();

    test.run(RESUMABILITY);

    ReceiveArguments replacing = zfs.receives().get(zfs.receives().size() - 2);
    assertThat(replacing.target()).hasToString("dst/src/a@1");
    assertThat(replacing.inherit()).as("a property can be named once").containsExactly(mountpoint);
    assertThat(replacing.override())
        .containsExactly(Map.entry(PropertyName.of("canmount"), "off"), Map.entry(mark, "off"));
    ReceiveArguments incremental = zfs.receives().getLast();
    assertThat(incremental.target()).hasToString("dst/src/a/child@2");
    assertThat(incremental.inherit()).containsExactly(mountpoint, mark);
    assertThat(incremental.override())
        .containsExactly(Map.entry(PropertyName.of("canmount"), "off"));
  }

  @Test
  void poolThatKeepsNoPartialStateIsFoundOutOnceAndReceivesWithout() throws Exception {
    zfs.setResumable("dst", false);
    zfs.create("src/a");
    zfs.create("src/b");
    zfs.take("src/a@1");
    zfs.take("src/b@1");
    ReceiveLocks locks = new ReceiveLocks();
    test.receiver = test.newReceiver("dst", locks);

    assertThatThrownBy(() -> test.run(RESUMABILITY))
        .hasMessageContaining("pool dst lacks the feature extensible_dataset")
        .asInstanceOf(type(OperationException.class))
        .satisfies(e -> assertThat(e.temporary()).isTrue());
    // another connection of the same daemon
    test.receiver = test.newReceiver("dst", locks);
    test.run(RESUMABILITY);

    assertThat(zfs.exists("dst/src/a@1")).isTrue();
    assertThat(zfs.exists("dst/src/b@1")).isTrue();
    assertThat(zfs.processes()).containsEntry(Operation.POOL_FEATURE, 1);
    assertThat(zfs.receives())
        .extracting(ReceiveArguments::savePartialState)
        .containsExactly(true, false, false);
  }

  @Test
  void poolThatLacksAnotherFeatureGoesOnKeepingPartialState() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.setFaults(
        new FakeFaults() {
          @Override
          public void before(Call call) throws ZfsException {
            if (call.operation() == Operation.RECEIVE) {
              throw new ZfsException(ZfsProblem.POOL_LACKS_FEATURE, "large blocks", null);
            }
          }
        });
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessage("large blocks");
    zfs.setFaults(FakeFaults.NONE);

    test.run(RESUMABILITY);

    assertThat(zfs.receives().getLast().savePartialState()).isTrue();
  }

  @Test
  void newHoldIsPlacedBeforeTheOldOneIsReleased() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.placeHold("dst/src/a@1", "mine");
    zfs.placeHold("dst/src/a@1", "zrepl_last_received_J_other");
    zfs.take("src/a@2");
    SendRequest step = test.plan(RESUMABILITY).getFirst();
    zfs.resetProcesses();

    test.transfer(step);

    assertThat(zfs.journal())
        .containsSubsequence(
            "RECEIVE dst/src/a@2",
            "LOOKUP dst/src/a@2",
            "HOLD " + LAST + " dst/src/a@2",
            "RELEASE " + LAST + " dst/src/a@1");
    assertThat(zfs.holdsIn("dst/src/a"))
        .isEqualTo(Map.of("1", Set.of("mine", "zrepl_last_received_J_other"), "2", Set.of(LAST)));
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void lateRequestForAnOlderSnapshotDoesNotMoveTheHoldBack(ReplicationGuarantee guarantee)
      throws Exception {
    zfs.create("src/a");
    for (int i = 1; i <= 3; i++) {
      zfs.take("src/a@" + i);
      test.step(
          i == 1
              ? test.full("src/a@1", RESUMABILITY)
              : test.incremental("src/a@" + (i - 1), "src/a@" + i, RESUMABILITY));
    }
    for (boolean restarted : new boolean[] {false, true}) {
      if (restarted) {
        restart();
      }
      test.transfer(test.full("src/a@1", TestReplication.both(guarantee)));
      test.transfer(test.incremental("src/a@1", "src/a@2", TestReplication.both(guarantee)));
      assertThat(zfs.holdsIn("dst/src/a")).isEqualTo(Map.of("3", Set.of(LAST)));
    }
    // Another connection has received meanwhile.
    LocalReceiver other = test.receiver;
    other.listFilesystems();
    restart();
    zfs.take("src/a@4");
    test.step(test.incremental("src/a@3", "src/a@4", RESUMABILITY));
    test.receiver = other;
    test.transfer(test.incremental("src/a@2", "src/a@3", TestReplication.both(guarantee)));
    assertThat(zfs.holdsIn("dst/src/a")).isEqualTo(Map.of("4", Set.of(LAST)));
  }

  @Test
  void newerSnapshotThatOnlySomebodyElseHoldsDoesNotPreventTheHold() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.take("dst/src/a@own");
    zfs.placeHold("dst/src/a@own", "mine");
    zfs.removeHold("dst/src/a@1", LAST);
    restart();

    test.transfer(test.full("src/a@1", RESUMABILITY));

    assertThat(zfs.holdsIn("dst/src/a"))
        .isEqualTo(Map.of("1", Set.of(LAST), "own", Set.of("mine")));
  }

  @Test
  void guaranteeNothingRemovesTheHolds() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.take("src/a@2");

    test.run(NOTHING);

    assertThat(zfs.holdsIn("dst/src/a")).isEmpty();
  }

  @Test
  void guaranteeIsThatOfTheStreamEvenIfAPlaceholderIsReplaced() throws Exception {
    replicateChildOnly();
    test.filter = Map.of("src/a", true);
    zfs.take("src/a@1");
    restart();

    test.run(
        new ReplicationProtection(ReplicationGuarantee.NOTHING, ReplicationGuarantee.RESUMABILITY));

    assertThat(zfs.holdsIn("dst/src/a")).isEmpty();
  }

  @Test
  void snapshotOfAnotherGuidFailsTheStepAndIsKeptWithoutHold() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.forgeReceivedGuids(Optional.of(new Guid(42)));

    assertThatThrownBy(() -> test.run(RESUMABILITY))
        .hasMessageContaining("its guid is 42")
        .hasMessageContaining("the snapshot is kept");
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
    assertThat(zfs.holdsIn("dst/src/a")).isEmpty();
  }

  @Test
  void receiveThatFailsAfterTheSnapshotArrivedCountsAsReceived() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.setFaults(FakeFaults.failAfter(Operation.RECEIVE)); // as when mounting fails

    test.run(RESUMABILITY);

    assertThat(zfs.holdsIn("dst/src/a")).isEqualTo(Map.of("1", Set.of(LAST)));
  }

  @Test
  void failingReleaseOfAnOldHoldDoesNotFailTheStepAndIsTriedAgain() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.take("src/a@2");
    List<SendRequest> steps = test.plan(RESUMABILITY);
    zfs.setFaults(
        FakeFaults.failBefore(
            call -> call.operation() == Operation.RELEASE && call.subject().contains("dst/")));
    test.step(steps.getFirst());
    assertThat(zfs.holdsIn("dst/src/a")).containsOnlyKeys("1", "2");
    zfs.setFaults(FakeFaults.NONE);
    zfs.take("src/a@3");

    test.step(test.incremental("src/a@2", "src/a@3", RESUMABILITY));

    assertThat(zfs.holdsIn("dst/src/a")).containsOnlyKeys("3");
  }

  @Test
  void interruptedStepIsResumedWhereItStopped() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.failSendsAfter(OptionalLong.of(400));
    for (int i = 1; i <= 2; i++) {
      assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
      assertThat(TestReplication.decode(zfs.datasetOf("dst/src/a").resumeToken().orElseThrow()))
          .extracting(contents -> contents.bytes())
          .isEqualTo(400L * i);
    }
    zfs.failSendsAfter(OptionalLong.empty());

    test.run(RESUMABILITY);

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
    assertThat(zfs.datasetOf("dst/src/a").resumeToken()).isEmpty();
    assertThat(test.receiver.listFilesystems())
        .contains(new FilesystemEntry(A, false, Optional.empty()));
  }

  @Test
  void fullReceiverKeepsWhatItHasAndGoesOnLater() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.take("src/a@2");
    zfs.failReceivesAfter(OptionalLong.of(300));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("out of space");
    assertThatThrownBy(() -> zfs.destroyVersion("dst/src/a@1")).hasMessageContaining("busy");
    zfs.failReceivesAfter(OptionalLong.empty());

    test.run(RESUMABILITY);

    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1", "@2");
  }

  @Test
  void partialStateIsDroppedOnlyIfTheRequestSaysSo() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.failSendsAfter(OptionalLong.of(400));
    assertThatThrownBy(() -> test.run(RESUMABILITY)).hasMessageContaining("injected");
    zfs.failSendsAfter(OptionalLong.empty());
    zfs.take("src/a@2");
    SendRequest other = test.full("src/a@2", RESUMABILITY);
    test.receiver.listFilesystems();

    try (SendStream stream = test.sender.send(other)) {
      ReceiveRequest keeping = new ReceiveRequest(A, other.to(), true, false, RESUMABILITY);
      assertThatThrownBy(() -> test.receiver.receive(keeping, stream))
          .hasMessageContaining("partially-complete state");
    }
    test.transfer(other);

    assertThat(zfs.processes()).containsEntry(Operation.ABORT_RECEIVE, 1);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@2");
  }

  @Test
  void twoReceivesIntoOneDatasetDoNotRunTogether() throws Exception {
    ReceiveLocks shared = new ReceiveLocks();
    LocalReceiver one = test.newReceiver("dst", shared);
    LocalReceiver two = test.newReceiver("dst", shared);
    zfs.create("src/a");
    zfs.take("src/a@1");
    SendRequest step = test.full("src/a@1", RESUMABILITY);

    try (SendStream stream = test.sender.send(step)) {
      ReceiveRequest request = TestReplication.receiveRequest(step, stream);
      SendStream meanwhile =
          new ForwardingSendStream(stream) {
            private boolean tried;

            @Override
            public int read(java.nio.ByteBuffer buffer) throws OperationException {
              if (!tried) {
                tried = true;
                assertThatThrownBy(() -> two.receive(request, stream))
                    .hasMessageContaining("still running")
                    .asInstanceOf(type(OperationException.class))
                    .satisfies(e -> assertThat(e.temporary()).isTrue());
              }
              return super.read(buffer);
            }
          };
      one.receive(request, meanwhile);
    }
    assertThat(zfs.exists("dst/src/a@1")).isTrue();
  }

  @Test
  void interruptEndsAReceiveAndTheNextOneFindsItsPartialState() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    SendRequest step = test.full("src/a@1", RESUMABILITY);

    try (SendStream stream = test.sender.send(step)) {
      SendStream interrupting =
          new ForwardingSendStream(stream) {
            @Override
            public int read(java.nio.ByteBuffer buffer) throws OperationException {
              if (buffer.capacity() > 1000) {
                Thread.currentThread().interrupt();
              }
              return super.read(buffer);
            }
          };
      assertThatThrownBy(() ->
              test.receiver.receive(TestReplication.receiveRequest(step, stream), interrupting))
          .isInstanceOf(InterruptedException.class);
    }
    assertThat(zfs.datasetOf("dst/src/a").resumeToken()).isPresent();

    test.run(RESUMABILITY);
    assertThat(zfs.versionsOf("dst/src/a")).containsExactly("@1");
  }

  @Test
  void inventoryKnowsWhatWasReceived() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@1");
    test.run(RESUMABILITY);
    zfs.resetProcesses();

    assertThat(test.receiver.listVersions(A))
        .extracting(FilesystemVersion::guid)
        .containsExactly(zfs.version("src/a@1").guid());
    assertThat(zfs.processCount()).isZero();
  }

  @Test
  void filesystemWhosePathGetsTooLongIsRefused() {
    String name = "src/" + "x".repeat(249);
    zfs.create(name);

    assertThatThrownBy(() -> test.receiver.listVersions(DatasetPath.of(name)))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("has no place below dst");
  }
}
