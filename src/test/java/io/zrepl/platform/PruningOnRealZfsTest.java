package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.ListedEndpoint;
import io.zrepl.prune.PruneObserver;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PruneRun;
import io.zrepl.prune.PruneSubject;
import io.zrepl.prune.PrunerReport;
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
            LoggerFactory.getLogger(PruningOnRealZfsTest.class));
    run.run();
    assertThat(run.report().phase()).isEqualTo(PrunePhase.DONE);
    assertThat(run.report().completed())
        .extracting(PrunerReport.FilesystemReport::lastError)
        .containsOnly("");
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
