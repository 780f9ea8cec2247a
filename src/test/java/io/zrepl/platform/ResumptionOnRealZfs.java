package io.zrepl.platform;

import static io.zrepl.platform.LabReplication.INCREMENTAL;
import static io.zrepl.platform.LabReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.lab.Guest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Interrupted steps; run on each OpenZFS series by a subclass. */
abstract class ResumptionOnRealZfs {
  private static final int KIBIBYTES = 2048;
  private static final long CUT = 900_000;
  private static final int ENOUGH_RUNS = 10;

  private final Guest guest;
  private final LabState state;
  private final LabReplication lab;

  ResumptionOnRealZfs(Guest guest) {
    this.guest = guest;
    this.state = new LabState(guest);
    this.lab = new LabReplication(guest);
  }

  @BeforeEach
  void makeFilesystem() {
    state.zfs(
        """
        create src/s
        create -p dst/r/src
        """);
    guest.writeRandom("/src/s/file", KIBIBYTES);
    guest.zfs("snapshot", "src/s@1");
    lab.aroundSender = Disturbances.cutAfter(CUT);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private boolean destroyOnSender(String snapshot) {
    return guest
        .shell("zfs destroy " + snapshot + " >/dev/null 2>&1 && echo gone || true")
        .contains("gone");
  }

  @Test
  void a24FullSendIsResumableAndItsSnapshotHeld() throws Exception {
    lab.protection = RESUMABILITY;
    resumesAlthoughSomebodyTriesToDestroyTheSnapshot();
  }

  @Test
  void a26GuaranteeOfTheInitialStepHoldsItsSnapshotWhateverThatOfLaterSteps() throws Exception {
    lab.protection =
        new ReplicationProtection(
            ReplicationGuarantee.RESUMABILITY, ReplicationGuarantee.INCREMENTAL);
    resumesAlthoughSomebodyTriesToDestroyTheSnapshot();
  }

  private void resumesAlthoughSomebodyTriesToDestroyTheSnapshot() throws Exception {
    for (int run = 1; run <= ENOUGH_RUNS; run++) {
      RunResult result = lab.run();
      if (!result.hasSteps()) {
        break;
      }
      if (run <= 2) {
        assertThat(result.errors()).as("run " + run).contains(CutStream.MESSAGE);
        assertThat(state.hasPartialState("dst/r/src/s")).isTrue();
        assertThat(destroyOnSender("src/s@1")).as("@1 is destroyed after run " + run).isFalse();
        assertThat(state.holds("src/s"))
            .isEqualTo(Map.of("@1", List.of("zrepl_STEP_J_sender-job")));
        guest.zfs("snapshot", "src/s@" + (run + 1));
      }
      if (run == 2) {
        assertThat(result.firstStep("src/s").resumed()).isTrue();
        assertThat(result.steps("src/s")).containsExactly("->@1", "@1->@2");
      }
    }
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1", "@2", "@3");
    assertNothingLeft("3");
    assertSameFiles();
  }

  /**
   * The receive that was interrupted may go on for a moment after its token was read. ZFS then says
   * of the old token that kernel modules must be upgraded.
   */
  @Test
  void tokenThatTheReceiveBeforeHasOutrunIsTriedAgainWithTheNewOne() throws Exception {
    assertThat(lab.run().errors()).contains(CutStream.MESSAGE);
    AtomicBoolean moved = new AtomicBoolean();
    lab.aroundSender =
        Disturbances.beforeSending(() -> {
          if (moved.compareAndSet(false, true)) {
            guest.shell(
                """
                token=$(zfs get -Hp -o value receive_resume_token dst/r/src/s)
                zfs send -t $token | head -c 400000 | zfs receive -s -u dst/r/src/s || true
                test $token != $(zfs get -Hp -o value receive_resume_token dst/r/src/s)
                """);
          }
        });

    RunResult result = lab.run(2);

    result.requireSuccess();
    assertThat(result.firstStep("src/s").resumed()).isTrue();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
    assertSameFiles();
  }

  @Test
  void a25PartialStateWhoseSnapshotIsGoneIsDroppedAndNewerSnapshotsAreReplicated()
      throws Exception {
    lab.protection = INCREMENTAL;
    for (int run = 1; run <= ENOUGH_RUNS; run++) {
      RunResult result = lab.run();
      if (!result.hasSteps()) {
        break;
      }
      if (run == 1) {
        assertThat(state.hasPartialState("dst/r/src/s")).isTrue();
        assertThat(destroyOnSender("src/s@1")).isTrue();
        guest.zfs("snapshot", "src/s@2");
      }
      if (run == 2) {
        assertThat(result.steps("src/s")).containsExactly("->@2");
        assertThat(result.firstStep("src/s").resumed()).isFalse();
        assertThat(state.hasPartialState("dst/r/src/s")).as("of @2").isTrue();
        guest.zfs("snapshot", "src/s@3");
      }
    }
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@2", "@3");
    assertNothingLeft("3");
    assertSameFiles();
  }

  @Test
  void a25IncrementalPartialStateWhoseSnapshotIsGoneIsDroppedToo() throws Exception {
    lab.protection = INCREMENTAL;
    lab.aroundSender = sender -> sender;
    lab.runWell();
    guest.writeRandom("/src/s/more", KIBIBYTES);
    guest.zfs("snapshot", "src/s@2");
    lab.aroundSender = Disturbances.cutAfter(CUT);
    assertThat(lab.run().errors()).isNotEmpty();
    assertThat(state.hasPartialState("dst/r/src/s")).isTrue();
    assertThat(destroyOnSender("src/s@2")).isTrue();
    guest.zfs("snapshot", "src/s@3");
    lab.aroundSender = sender -> sender;

    RunResult result = lab.runWell();

    assertThat(result.steps("src/s")).containsExactly("@1->@3");
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1", "@3");
    assertNothingLeft("3");
    assertSameFiles();
  }

  private void assertNothingLeft(String newest) {
    assertThat(state.hasPartialState("dst/r/src/s")).isFalse();
    assertThat(state.holds("src/s")).isEmpty();
    assertThat(state.bookmarks("src/s"))
        .containsExactly(state.cursor("src/s@" + newest, "sender-job"));
    assertThat(state.holds("dst/r/src/s"))
        .isEqualTo(Map.of("@" + newest, List.of("zrepl_last_received_J_receiver-job")));
  }

  private void assertSameFiles() {
    guest.zfs("set", "mountpoint=/replica", "dst/r/src/s");
    assertThat(guest.checksums("/replica")).isEqualTo(guest.checksums("/src/s"));
  }

  @Test
  void baseOfPartialStateCannotBeDestroyedOnTheReceiver() throws Exception {
    lab.aroundSender = sender -> sender;
    lab.runWell();
    guest.writeRandom("/src/s/more", KIBIBYTES);
    guest.zfs("snapshot", "src/s@2");
    lab.aroundSender = Disturbances.cutAfter(CUT);
    assertThat(lab.run().errors()).isNotEmpty();
    guest.zfs("release", "zrepl_last_received_J_receiver-job", "dst/r/src/s@1");

    assertThatThrownBy(() -> guest.zfs("destroy", "dst/r/src/s@1"))
        .hasMessageContaining("dependent");
  }

  /**
   * The token can be seen as soon as a receive has begun, so that others may take it for one to
   * use.
   */
  @Test
  void partialStateOfAReceiveThatStillRunsIsNotTouched() throws Exception {
    CompletableFuture<RunResult> meanwhile = new CompletableFuture<>();
    lab.aroundSender =
        Disturbances.amidTheStream(
            CUT,
            () -> {
              try {
                await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> state.hasPartialState("dst/r/src/s"));
                meanwhile.complete(lab.run());
              } catch (InterruptedException | RuntimeException | Error e) {
                meanwhile.completeExceptionally(e);
              }
            });

    lab.runWell();

    assertThat(meanwhile.get().firstStep("src/s").resumed()).isTrue();
    assertThat(meanwhile.get().errors()).contains("another receive into it is still running");
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
    assertNothingLeft("1");
    assertSameFiles();
  }

  @Test
  void placeholderWithPartialStateIsResumedAndItsChildrenSurvive() throws Exception {
    makePlaceholderWithChild();
    assertThat(lab.run().errors()).contains(CutStream.MESSAGE);
    assertThat(state.hasPartialState("dst/r/src/s")).isTrue();

    resumesIntoThePlaceholder();
  }

  @Test
  void placeholderThatAnotherProgramUnmarkedBeforeItsReceiveWasCutIsResumed() throws Exception {
    makePlaceholderWithChild();
    guest.zfs("set", "zrepl:placeholder=off", "dst/r/src/s");
    guest.shell(
        "zfs send src/s@1 | head -c " + CUT + " | zfs receive -F -s dst/r/src/s@1 2>&1 || true");
    assertThat(state.hasPartialState("dst/r/src/s")).isTrue();

    resumesIntoThePlaceholder();
  }

  @Test
  void placeholderWithPartialStateThatCannotBeResumedIsReplaced() throws Exception {
    makePlaceholderWithChild();
    lab.protection = INCREMENTAL;
    assertThat(lab.run().errors()).contains(CutStream.MESSAGE);
    assertThat(destroyOnSender("src/s@1")).isTrue();
    guest.zfs("snapshot", "src/s@2");
    lab.aroundSender = sender -> sender;

    lab.runWell();

    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@2");
    assertThat(state.property("zrepl:placeholder", "dst/r/src/s")).isEqualTo("off");
    assertThat(state.exists("dst/r/src/s/child@own")).isTrue();
  }

  private void makePlaceholderWithChild() {
    lab.filter = Map.of("src/s", true);
    state.zfs(
        """
        create -o zrepl:placeholder=on -o mountpoint=none dst/r/src/s
        create dst/r/src/s/child
        snapshot dst/r/src/s/child@own
        """);
  }

  private void resumesIntoThePlaceholder() throws Exception {
    lab.aroundSender = sender -> sender;
    RunResult result = lab.runWell();

    assertThat(result.firstStep("src/s").resumed()).isTrue();
    assertThat(result.firstStep("src/s").bytesReplicated()).isLessThan(KIBIBYTES * 1024L);
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
    assertThat(state.property("zrepl:placeholder", "dst/r/src/s")).isEqualTo("off");
    assertThat(state.exists("dst/r/src/s/child@own")).isTrue();
    assertNothingLeft("1");
    assertSameFiles();
  }
}
