package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.zfs.PlaceholderEncryption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is planned and done, and what comes of it when something is in the way. */
@LabTest
class ReplicationOnRealZfsTest {
  private final Guest guest;
  private final LabState state;
  private final LabReplication lab;

  ReplicationOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.state = new LabState(guest);
    this.lab = new LabReplication(guest);
  }

  @BeforeEach
  void makeParents() {
    state.zfs(
        """
        create src/s
        create -p dst/r/src
        """);
    lab.options = ReceiveOptions.of(PlaceholderEncryption.UNSPECIFIED);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void a15FailingInitialParentProhibitsItsChildrenOnly() throws Exception {
    state.zfs(
        """
        create src/s/a
        create src/s/a/child
        create src/s/aa
        create dst/r/src/s
        snapshot src/s/a@1 src/s/a/child@1 src/s/aa@1
        """);
    lab.filter = Map.of("src/s/a", true, "src/s/a/child", true, "src/s/aa", true);
    lab.aroundReceiver = Disturbances::failing;

    RunResult result = lab.run();

    assertThat(result.attempt().filesystems()).hasSize(3);
    for (var filesystem : result.attempt().filesystems()) {
      assertThat(filesystem.planError()).isEmpty();
      assertThat(filesystem.steps()).hasSize(1);
      assertThat(filesystem.state()).isEqualTo(FilesystemState.STEP_ERROR);
      assertThat(filesystem.stepError().orElseThrow().message())
          .contains(
              filesystem.name().toString().equals("src/s/a/child")
                  ? "parent(s) failed during initial replication"
                  : Disturbances.MARKER);
    }
    assertThat(state.snapshots("dst/r/src/s/a")).isEmpty();
  }

  @Test
  void a20CommonSnapshotMayBeDestroyedOnTheSender() throws Exception {
    guest.zfs("snapshot", "src/s@1");
    lab.runWell();
    String cursor = state.cursor("src/s@1", "sender-job");
    state.zfs(
        """
        destroy src/s@1
        snapshot src/s@2
        """);
    assertThat(state.bookmarks("src/s")).containsExactly(cursor);

    RunResult result = lab.runWell();

    assertThat(result.steps("src/s")).containsExactly(cursor + "->@2");
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1", "@2");
    assertThat(state.bookmarks("src/s")).containsExactly(state.cursor("src/s@2", "sender-job"));
  }

  private void makeSnapshotsInReverseOrderOfNames() {
    state.zfs(
        """
        snapshot src/s@3
        snapshot src/s@2
        snapshot src/s@1
        """);
  }

  @Test
  void a21InitialReplicationOfAll() throws Exception {
    makeSnapshotsInReverseOrderOfNames();
    lab.initial = InitialReplication.ALL;
    lab.runWell();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@3", "@2", "@1");
  }

  @Test
  void a22InitialReplicationThatIsForbidden() throws Exception {
    makeSnapshotsInReverseOrderOfNames();
    lab.initial = InitialReplication.FAIL;
    RunResult result = lab.run();
    assertThat(result.filesystem("src/s").planError().orElseThrow().message())
        .contains("automatic conflict resolution for initial replication is disabled in config");
    assertThat(state.exists("dst/r/src/s")).isFalse();
    assertThat(state.holds("src/s")).isEmpty();
  }

  @Test
  void a23InitialReplicationOfTheNewest() throws Exception {
    makeSnapshotsInReverseOrderOfNames();
    lab.initial = InitialReplication.MOST_RECENT;
    lab.runWell();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
  }

  @Test
  void a27PlaceholdersReappearAsPlaceholdersInAChain() throws Exception {
    state.zfs(
        """
        create -p src/host1/a/b
        snapshot src/host1/a/b@1
        create dst/host2
        create dst/host3
        """);
    lab.options = ReceiveOptions.of(PlaceholderEncryption.OFF);
    lab.filter = Map.of("src/host1/a/b", true);
    lab.root = "dst/host2";
    lab.runWell();
    lab.senderJob = "second-job";
    lab.receiverJob = "second-receiver";
    lab.filter = Map.of("dst/host2", false, "dst/host2<", true);
    lab.root = "dst/host3";
    lab.runWell();

    assertThat(state.snapshots("dst/host3/dst/host2/src/host1/a/b")).containsExactly("@1");
    for (String placeholder :
        List.of(
            "dst/host2/src/host1/a", "dst/host3/dst/host2", "dst/host3/dst/host2/src/host1/a")) {
      assertThat(state.property("zrepl:placeholder", placeholder)).as(placeholder).isEqualTo("on");
    }
    for (String real : List.of("dst/host2/src/host1/a/b", "dst/host3/dst/host2/src/host1/a/b")) {
      assertThat(guest.zfsLines("get", "-H", "-s", "local", "zrepl:placeholder", real))
          .noneMatch(line -> line.contains("\ton\t"));
    }
  }

  @Test
  void a32ReceiverThatFailsEndsTheStepOfAnEndlessStream() throws Exception {
    guest.zfs("snapshot", "src/s@1");
    lab.aroundSender = Disturbances::endless;
    // Real ZFS refuses such a stream.
    RunResult refused = lab.run();
    assertThat(refused.filesystem("src/s").stepError().orElseThrow().message())
        .contains("cannot receive")
        .contains("stream");

    lab.aroundReceiver = Disturbances::failing;
    RunResult failed = lab.run();
    assertThat(failed.filesystem("src/s").stepError().orElseThrow().message())
        .contains(Disturbances.MARKER);
    assertThat(state.exists("dst/r/src/s")).isFalse();

    lab.aroundSender = sender -> sender;
    lab.aroundReceiver = receiver -> receiver;
    lab.runWell();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
    assertThat(state.holds("src/s")).isEmpty();
  }

  @Test
  void lostConfirmationIsMadeUpForByTheNextStep() throws Exception {
    guest.zfs("snapshot", "src/s@1");
    lab.aroundSender = Disturbances::losingConfirmations;
    assertThat(lab.run().errors()).contains(Disturbances.MARKER);
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
    assertThat(state.holds("src/s")).isEqualTo(Map.of("@1", List.of("zrepl_STEP_J_sender-job")));
    guest.zfs("snapshot", "src/s@2");
    lab.aroundSender = sender -> sender;

    assertThat(lab.runWell().steps("src/s")).containsExactly("@1->@2");

    assertThat(state.holds("src/s")).isEmpty();
    assertThat(state.bookmarks("src/s")).containsExactly(state.cursor("src/s@2", "sender-job"));
  }

  @Test
  void renamedFilesystemIsReplicatedAnewUnderItsNewNameAndTheOldCopyStays() throws Exception {
    state.zfs(
        """
        create src/s/old
        snapshot src/s/old@1
        """);
    lab.filter = Map.of("src/s/old", true, "src/s/new", true);
    guest.zfs("create", "dst/r/src/s");
    lab.runWell();
    state.zfs(
        """
        rename src/s/old src/s/new
        snapshot src/s/new@2
        """);

    RunResult result = lab.runWell();

    assertThat(result.steps("src/s/new")).containsExactly("->@2");
    assertThat(result.attempt().onlyOnReceiver()).contains(DatasetPath.of("src/s/old"));
    assertThat(state.snapshots("dst/r/src/s/old")).containsExactly("@1");
    assertThat(state.snapshots("dst/r/src/s/new")).containsExactly("@2");
    assertThat(state.bookmarks("src/s/new"))
        .containsExactly(state.cursor("src/s/new@2", "sender-job"));
    assertThat(state.holds("src/s/new")).isEmpty();
  }

  @Test
  void copyThatIsRenamedLikeItsOriginalGoesOnIncrementally() throws Exception {
    state.zfs(
        """
        create src/s/old
        snapshot src/s/old@1
        create dst/r/src/s
        """);
    lab.filter = Map.of("src/s/old", true, "src/s/new", true);
    lab.runWell();
    state.zfs(
        """
        rename src/s/old src/s/new
        rename dst/r/src/s/old dst/r/src/s/new
        rename src/s/new@1 src/s/new@one
        snapshot src/s/new@2
        """);

    RunResult result = lab.runWell();

    assertThat(result.steps("src/s/new")).containsExactly("@one->@2");
    assertThat(state.snapshots("dst/r/src/s/new")).containsExactly("@1", "@2");
    assertThat(state.holds("dst/r/src/s/new"))
        .isEqualTo(Map.of("@2", List.of("zrepl_last_received_J_receiver-job")));
  }

  @Test
  void filesystemThatWasMadeAnewIsAConflictAndNothingIsDestroyed() throws Exception {
    guest.zfs("snapshot", "src/s@1");
    lab.runWell();
    String old = state.guid("dst/r/src/s@1");
    state.zfs(
        """
        destroy -r src/s
        create src/s
        snapshot src/s@1
        """);

    RunResult result = lab.run();

    assertThat(result.filesystem("src/s").planError().orElseThrow().describe())
        .contains("no common snapshot or suitable bookmark between sender and receiver");
    assertThat(state.guid("dst/r/src/s@1")).isEqualTo(old);
    assertThat(state.holds("src/s")).isEmpty();
  }

  @Test
  void clientsWithEqualPathsHaveTheirOwnCopies() throws Exception {
    state.zfs(
        """
        create -p src/s/data
        snapshot src/s/data@1
        """);
    lab.filter = Map.of("src/s/data", true);
    lab.options = ReceiveOptions.of(PlaceholderEncryption.INHERIT);
    for (String client : List.of("one", "two")) {
      lab.client = Optional.of(client);
      lab.senderJob = "job of " + client;
      lab.runWell();
    }
    guest.zfs("snapshot", "src/s/data@2");
    lab.client = Optional.of("two");
    RunResult second = lab.runWell();
    assertThat(second.steps("src/s/data")).containsExactly("@1->@2");

    assertThat(second.attempt().onlyOnReceiver()).isEmpty();
    assertThat(state.snapshots("dst/r/one/src/s/data")).containsExactly("@1");
    assertThat(state.snapshots("dst/r/two/src/s/data")).containsExactly("@1", "@2");
    String hold = "zrepl_last_received_J_receiver-job";
    assertThat(state.holds("dst/r/one/src/s/data")).isEqualTo(Map.of("@1", List.of(hold)));
    assertThat(state.holds("dst/r/two/src/s/data")).isEqualTo(Map.of("@2", List.of(hold)));
    assertThat(state.bookmarks("src/s/data"))
        .containsExactlyInAnyOrder(
            state.cursor("src/s/data@1", "job of one"), state.cursor("src/s/data@2", "job of two"));
    assertThat(state.holds("src/s/data")).isEmpty();
  }

  @Test
  void clientsCreateTheirPlaceholdersAtTheSameTime() throws Exception {
    state.zfs(
        """
        create -p src/s/data
        snapshot src/s/data@1
        """);
    FutureTask<RunResult> first = startAsClient("one");
    FutureTask<RunResult> second = startAsClient("two");
    first.get().requireSuccess();
    second.get().requireSuccess();
    assertThat(state.snapshots("dst/r/one/src/s/data")).containsExactly("@1");
    assertThat(state.snapshots("dst/r/two/src/s/data")).containsExactly("@1");
    assertThat(state.holds("src/s/data")).isEmpty();
  }

  private FutureTask<RunResult> startAsClient(String name) {
    lab.filter = Map.of("src/s/data", true);
    lab.options = ReceiveOptions.of(PlaceholderEncryption.INHERIT);
    lab.client = Optional.of(name);
    lab.senderJob = "job of " + name;
    var sender = lab.newSender();
    var receiver = lab.newReceiver();
    FutureTask<RunResult> run = new FutureTask<>(() -> lab.run(sender, receiver));
    Thread.startVirtualThread(run);
    return run;
  }

  @Test
  void targetPoolThatIsExportedBetweenListingAndStepIsAPassingFailureOfThePool() throws Exception {
    exportedBeforeTheStep("dst");
  }

  @Test
  void sourcePoolThatIsExportedBetweenListingAndStepIsAPassingFailureOfThePool() throws Exception {
    exportedBeforeTheStep("src");
  }

  private void exportedBeforeTheStep(String pool) throws Exception {
    guest.zfs("snapshot", "src/s@1");
    lab.runWell();
    guest.zfs("snapshot", "src/s@2");
    lab.aroundSender = Disturbances.beforeSending(() -> guest.zpool("export", pool));

    RunResult result = lab.run();

    assertThat(result.filesystem("src/s").stepError().orElseThrow())
        .satisfies(error -> {
          assertThat(error.message()).contains(pool + "/");
          assertThat(error.advice().orElse("")).contains("import");
          assertThat(error.temporary()).as(error.describe()).isTrue();
        });
    assertThat(lab.run().errors()).as("while it is away").contains("pool").contains(pool);
    guest.zpool("import", "-d", "/pools", pool);
    lab.aroundSender = sender -> sender;
    lab.runWell();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1", "@2");
    assertThat(state.holds("src/s")).isEmpty();
  }
}
