package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.job.LocalHolders;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.prune.KeepReason;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.ListedEndpoint;
import io.zrepl.prune.PruneObserver;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PruneRun;
import io.zrepl.prune.PruneSubject;
import io.zrepl.prune.PrunerReport;
import io.zrepl.zfs.Reclaimable;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Pruning with what replication left on disk. */
@LabTest
class PruningOnRealZfsTest {
  private static final KeepRule NOT_REPLICATED = new KeepRule.NotReplicated(true);
  private static final KeepRule NEWEST = new KeepRule.LastN(1, Optional.empty());

  private final Guest guest;
  private final LabState state;
  private final LabReplication lab;

  PruningOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.state = new LabState(guest);
    this.lab = new LabReplication(guest);
  }

  @BeforeEach
  void replicateTwoSnapshots() throws Exception {
    state.zfs(
        """
        create src/s
        create dst/r
        snapshot src/s@1
        """);
    lab.runWell();
    guest.zfs("snapshot", "src/s@2");
    lab.runWell();
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private void prune(boolean senderSide, KeepRule... rules) throws Exception {
    PrunerReport report = prune(senderSide, PruneRun.Options.DEFAULT, rules);
    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(report.completed())
        .extracting(PrunerReport.FilesystemReport::lastError)
        .containsOnly("");
  }

  private PrunerReport prune(boolean senderSide, PruneRun.Options options, KeepRule... rules)
      throws Exception {
    ListedEndpoint<Sender> sender = ListedEndpoint.of(lab.newSender());
    ListedEndpoint<Receiver> receiver = ListedEndpoint.of(lab.newReceiver());
    PruneSubject subject =
        senderSide
            ? new PruneSubject.OfSender(sender, Optional.of(receiver))
            : new PruneSubject.OfReceiver(receiver, sender);
    PruneRun run =
        new PruneRun(
            subject,
            List.of(rules),
            Clock.systemUTC(),
            PruneObserver.NONE,
            LoggerFactory.getLogger(PruningOnRealZfsTest.class),
            options);
    run.run();
    return run.report();
  }

  @Test
  void whatIsHeldClonedOrMountedStaysWithTheReasonAndTheRestGoes() throws Exception {
    state.zfs(
        """
        snapshot src/s@3
        snapshot src/s@4
        snapshot src/s@5
        """);
    lab.runWell();
    guest.shell("mkdir -p /tmp/mounted && mount -t zfs src/s@3 /tmp/mounted");
    state.zfs(
        """
        hold mine src/s@1
        hold hers src/s@1
        clone src/s@2 src/clone
        """);

    PrunerReport report =
        prune(
            true,
            PruneRun.Options.DEFAULT.withHolders(new LocalHolders(lab.zfs, Optional.empty())),
            NEWEST);
    guest.shell("umount /tmp/mounted");

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(state.snapshots("src/s")).containsExactly("@1", "@2", "@3", "@5");
    PrunerReport.FilesystemReport pruned =
        report.completed().stream()
            .filter(filesystem -> filesystem.filesystem().toString().equals("src/s"))
            .findFirst()
            .orElseThrow();
    assertThat(pruned.snapshotList().getFirst().kept())
        .extracting(KeepReason::text)
        .containsExactly("it is held 2 times (tags hers, mine)");
    assertThat(pruned.sparedTexts()).hasSize(3);
    assertThat(pruned.sparedTexts().get(1)).startsWith("@2: ").contains("clone");
    assertThat(pruned.sparedTexts().get(2)).startsWith("@3: ").contains("busy");
    assertThat(state.bookmarks("src/s")).hasSize(1);
  }

  @Test
  void dryRunDestroysNothingAndZfsTellsWhatItWouldFree() throws Exception {
    guest.writeRandom("/src/s/file", 300);
    state.zfs(
        """
        snapshot src/s@3
        snapshot src/s@4
        """);
    lab.runWell();
    guest.shell("rm /src/s/file");
    guest.zfs("snapshot", "src/s@5");
    lab.runWell();

    PrunerReport report = prune(true, PruneRun.Options.DEFAULT.withDryRun(), NEWEST);

    assertThat(report.pending().getFirst().destroyList())
        .extracting(PrunerReport.SnapshotReport::name)
        .containsExactly("1", "2", "3", "4");
    Reclaimable outlook = lab.zfs.reclaimable(DatasetPath.of("src/s"), List.of("3", "4"));
    assertThat(outlook.bytes().orElse(0)).isGreaterThan(250_000);
    assertThat(outlook.refused()).isEmpty();
    guest.zfs("clone", "src/s@1", "src/clone1");
    guest.zfs("clone", "src/s@2", "src/clone2");
    Reclaimable besideClones =
        lab.zfs.reclaimable(DatasetPath.of("src/s"), List.of("1", "2", "3", "4"));
    assertThat(besideClones.bytes()).isEqualTo(outlook.bytes());
    assertThat(besideClones.refused())
        .containsOnlyKeys("1", "2")
        .containsValue("snapshot has dependent clones");
    assertThat(state.snapshots("src/s")).containsExactly("@1", "@2", "@3", "@4", "@5");
  }

  @Test
  void cursorOfADestroyedSnapshotStillTellsWhatIsReplicated() throws Exception {
    state.zfs(
        """
        destroy src/s@2
        snapshot src/s@3
        snapshot src/s@4
        """);

    prune(true, NOT_REPLICATED);

    assertThat(state.snapshots("src/s")).containsExactly("@3", "@4");
    RunResult result = lab.runWell();
    assertThat(result.steps("src/s"))
        .containsExactly(state.cursor("dst/r/src/s@2", "sender-job") + "->@3", "@3->@4");
  }

  @Test
  void replicatedSnapshotsGoAndTheNextStepIsIncremental() throws Exception {
    prune(true, NOT_REPLICATED);
    assertThat(state.snapshots("src/s")).containsExactly("@2");
    prune(false, NEWEST);
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@2");
    assertThat(state.bookmarks("src/s")).as("bookmarks are not pruned").hasSize(1);

    guest.zfs("snapshot", "src/s@3");
    assertThat(lab.runWell().steps("src/s")).containsExactly("@2->@3");
  }

  @Test
  void whatAnInterruptedStepHoldsStays() throws Exception {
    guest.writeRandom("/src/s/file", 600);
    state.zfs(
        """
        snapshot src/s@3
        snapshot src/s@4
        """);
    lab.aroundSender = Disturbances.cutAfter(300_000);
    assertThat(lab.run().errors()).isNotEmpty();

    prune(true, NEWEST);

    assertThat(state.snapshots("src/s")).containsExactly("@2", "@3", "@4");
    lab.aroundSender = sender -> sender;
    assertThat(lab.runWell().firstStep("src/s").resumed()).isTrue();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1", "@2", "@3", "@4");
  }
}
