package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.cli.RunProgress.State;
import io.zrepl.control.ErrorStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.SnapshottingStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When {@code zrepl run} may say that all went well. */
class RunProgressTest {
  private static final Instant ASKED = Instant.parse("2026-11-23T03:17:38Z");
  private static final Instant BEGUN = ASKED.plusMillis(100);
  private static final Instant BEFORE = ASKED.minusSeconds(60);

  private static final ReplicationStatus.Filesystem FILESYSTEM =
      new ReplicationStatus.Filesystem(
          "tank",
          ReplicationStatus.FilesystemState.DONE,
          ReplicationStatus.BlockedOn.NOTHING,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          0,
          List.of());
  private static final PruningStatus.Filesystem PRUNED =
      new PruningStatus.Filesystem("tank", List.of(), List.of(), "", "");

  private static final JobStatus EARLIER =
      active(BEFORE, true, AttemptState.DONE, Optional.empty(), Optional.empty());

  private static final JobStatus EARLIER_PRUNING =
      snap(
          round(BEFORE, Optional.of(BEFORE), ""),
          SnapshottingStatus.FilesystemState.DONE,
          pruning(BEFORE, PruningStatus.State.DONE));

  private final RunProgress progress = after(EARLIER);

  private static RunProgress after(JobStatus before) {
    return new RunProgress(false, before);
  }

  private static JobStatus active(
      Instant begun,
      boolean over,
      AttemptState state,
      Optional<PruningStatus> sender,
      Optional<PruningStatus> receiver) {
    return active(begun, over, state, sender, receiver, List.of(FILESYSTEM), Optional.empty());
  }

  private static JobStatus active(
      Instant begun,
      boolean over,
      AttemptState state,
      Optional<PruningStatus> sender,
      Optional<PruningStatus> receiver,
      List<ReplicationStatus.Filesystem> filesystems,
      Optional<ErrorStatus> problem) {
    return new JobStatus.Active(
        JobStatus.ActiveType.PUSH,
        Optional.of(
            new ReplicationStatus(
                Optional.of(begun),
                over ? Optional.of(begun.plusSeconds(1)) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(
                    new Attempt(
                        state,
                        Optional.of(begun),
                        Optional.empty(),
                        Optional.empty(),
                        filesystems)))),
        sender,
        receiver,
        Optional.empty(),
        problem,
        List.of());
  }

  /** Another run goes on; that one has ended. */
  private static JobStatus nextAfter(Instant ended, boolean succeeded) {
    JobStatus.Active next =
        (JobStatus.Active)
            active(
                ended.plusSeconds(60),
                false,
                AttemptState.PLANNING,
                Optional.empty(),
                Optional.empty());
    return new JobStatus.Active(
        next.kind(),
        next.replication(),
        next.pruningSender(),
        next.pruningReceiver(),
        next.snapshotting(),
        next.problem(),
        List.of(),
        Map.of(),
        Optional.of(new JobStatus.EndedRun(ended, succeeded)));
  }

  private static Optional<PruningStatus> pruning(Instant begun, PruningStatus.State state) {
    return Optional.of(
        new PruningStatus(
            state,
            "",
            List.of(),
            List.of(PRUNED),
            Optional.of(begun),
            state.terminal() ? Optional.of(begun.plusSeconds(1)) : Optional.empty()));
  }

  private State look(JobStatus job) {
    return progress.look(job, BEGUN.plusSeconds(5)).state();
  }

  @ParameterizedTest
  @CsvSource({
    "DONE, DONE, DONE, SUCCEEDED",
    "FILESYSTEM_ERROR, DONE, DONE, FAILED",
    "PLANNING_ERROR, DONE, DONE, FAILED",
    "FAN_OUT_FILESYSTEMS, DONE, DONE, FAILED",
    "UNKNOWN, DONE, DONE, FAILED",
    "DONE, EXECUTE_ERROR, DONE, FAILED",
    "DONE, DONE, PLAN_ERROR, FAILED",
    "DONE, DONE, EXECUTE, RUNNING",
    "DONE, EXECUTE, , RUNNING",
    "DONE, , , RUNNING",
  })
  void everyPhaseMustHaveSucceeded(
      AttemptState replication,
      PruningStatus.State sender,
      PruningStatus.State receiver,
      State expected) {
    assertThat(
            look(
                active(
                    BEGUN,
                    true,
                    replication,
                    sender == null ? Optional.empty() : pruning(BEGUN, sender),
                    receiver == null ? Optional.empty() : pruning(BEGUN, receiver))))
        .isEqualTo(expected);
  }

  @Test
  void aRunThatBeganBeforeDoesNotCount() {
    Optional<PruningStatus> done = pruning(BEFORE, PruningStatus.State.DONE);
    assertThat(look(active(BEFORE, true, AttemptState.DONE, done, done)))
        .isEqualTo(State.NOT_BEGUN);
    assertThat(
            look(active(BEGUN, false, AttemptState.PLANNING, Optional.empty(), Optional.empty())))
        .isEqualTo(State.RUNNING);
  }

  @Test
  void aClockThatIsSetBackHidesNoRun() {
    Instant back = BEFORE.minusSeconds(3600);
    Optional<PruningStatus> done = pruning(back, PruningStatus.State.DONE);
    assertThat(look(active(back, true, AttemptState.DONE, done, done))).isEqualTo(State.SUCCEEDED);
    RunProgress withSnapshots = new RunProgress(true, EARLIER_PRUNING);
    Optional<SnapshottingStatus.Round> taken = round(back, Optional.of(back.plusSeconds(5)), "");
    assertThat(List.of(BEFORE, back.plusSeconds(1)))
        .extracting(start ->
            withSnapshots
                .look(
                    snap(
                        taken,
                        SnapshottingStatus.FilesystemState.DONE,
                        pruning(start, PruningStatus.State.DONE)),
                    back)
                .state())
        .as("what was there before stays what it was")
        .containsExactly(State.NOT_BEGUN, State.SUCCEEDED);
  }

  @Test
  void whatFailedBeforeIsNoFailureOfARunThatGoesOn() {
    assertThat(
            look(
                active(
                    BEGUN,
                    false,
                    AttemptState.FAN_OUT_FILESYSTEMS,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(FILESYSTEM),
                    Optional.of(
                        new ErrorStatus(
                            "the last invocation failed in something that may pass; it is being tried again",
                            Optional.empty(),
                            Optional.empty())))))
        .isEqualTo(State.RUNNING);
  }

  @ParameterizedTest
  @CsvSource({"true, SUCCEEDED", "false, FAILED"})
  void howARunEndedIsKnownAlsoWhenTheNextOneHasBegun(boolean succeeded, State expected) {
    look(active(BEGUN, false, AttemptState.PLANNING, Optional.empty(), Optional.empty()));
    assertThat(look(nextAfter(BEGUN, succeeded))).isEqualTo(expected);
  }

  @Test
  void theEndOfAnotherRunTellsNothingAboutOurs() {
    look(active(BEGUN, false, AttemptState.PLANNING, Optional.empty(), Optional.empty()));
    assertThat(look(nextAfter(BEFORE, true))).isEqualTo(State.LOST);
  }

  @Test
  void aRequestThatAnIdleJobDoesNotFollowIsLost() {
    Optional<PruningStatus> done = pruning(BEFORE, PruningStatus.State.DONE);
    JobStatus idle = active(BEFORE, true, AttemptState.DONE, done, done);
    assertThat(progress.look(idle, ASKED).state()).isEqualTo(State.NOT_BEGUN);
    assertThat(progress.look(idle, ASKED.plus(RunProgress.GAP)).state()).isEqualTo(State.NOT_BEGUN);
    assertThat(progress.look(idle, ASKED.plus(RunProgress.GAP).plusMillis(1)).state())
        .isEqualTo(State.LOST);
  }

  @Test
  void anEarlierRunMayTakeAsLongAsItLikes() {
    Optional<PruningStatus> running = pruning(BEFORE, PruningStatus.State.EXECUTE);
    JobStatus busy = active(BEFORE, true, AttemptState.DONE, running, Optional.empty());
    for (int hours = 0; hours < 10; hours++) {
      assertThat(progress.look(busy, ASKED.plusSeconds(3600L * hours)).state())
          .isEqualTo(State.NOT_BEGUN);
    }
  }

  @Test
  void aRequestForSnapshotsThatIsNotFollowedIsLost() {
    RunProgress withSnapshots = new RunProgress(true, EARLIER_PRUNING);
    assertThat(withSnapshots.look(EARLIER_PRUNING, ASKED).state()).isEqualTo(State.NOT_BEGUN);
    assertThat(
            withSnapshots.look(EARLIER_PRUNING, ASKED.plus(RunProgress.GAP).plusMillis(1)).state())
        .isEqualTo(State.LOST);
  }

  @Test
  void aRunThatCameToNothingIsAFailure() {
    Optional<PruningStatus> done = pruning(BEGUN, PruningStatus.State.DONE);
    RunProgress.Look look =
        progress.look(
            active(BEGUN, true, AttemptState.DONE, done, done, List.of(), Optional.empty()), BEGUN);
    assertThat(look.state()).isEqualTo(State.FAILED);
    assertThat(look.text()).contains("filter matches no filesystem");
  }

  @Test
  void aRunThatVanishesIsNotASuccess() {
    look(active(BEGUN, false, AttemptState.PLANNING, Optional.empty(), Optional.empty()));
    Instant later = BEGUN.plusSeconds(3);
    Optional<PruningStatus> done = pruning(later, PruningStatus.State.DONE);
    assertThat(look(active(later, true, AttemptState.DONE, done, done))).isEqualTo(State.LOST);
    assertThat(progress.look(null, later).state()).isEqualTo(State.LOST);
  }

  @Test
  void aRunWithoutTheNextPhaseWasReset() {
    JobStatus job = active(BEGUN, true, AttemptState.DONE, Optional.empty(), Optional.empty());
    assertThat(progress.look(job, BEGUN).state()).isEqualTo(State.RUNNING);
    assertThat(progress.look(job, BEGUN.plus(RunProgress.GAP)).state()).isEqualTo(State.RUNNING);
    assertThat(progress.look(job, BEGUN.plus(RunProgress.GAP).plusMillis(1)).state())
        .isEqualTo(State.LOST);
  }

  @ParameterizedTest
  @CsvSource({"EXECUTE, RUNNING", "DONE, SUCCEEDED", "EXECUTE_ERROR, FAILED"})
  void ofASnapJobThePruningCounts(PruningStatus.State state, State expected) {
    assertThat(look(new JobStatus.Snap(pruning(BEGUN, state), Optional.empty(), Optional.empty())))
        .isEqualTo(expected);
    assertThat(
            after(EARLIER_PRUNING)
                .look(
                    new JobStatus.Snap(pruning(BEFORE, state), Optional.empty(), Optional.empty()),
                    BEGUN)
                .state())
        .isEqualTo(State.NOT_BEGUN);
  }

  private static JobStatus snap(
      Optional<SnapshottingStatus.Round> round,
      SnapshottingStatus.FilesystemState filesystem,
      Optional<PruningStatus> pruning) {
    return new JobStatus.Snap(
        pruning,
        Optional.of(
            new SnapshottingStatus.Manual(
                false,
                "",
                List.of(
                    new SnapshottingStatus.Filesystem(
                        "tank",
                        filesystem,
                        "z_1",
                        Optional.empty(),
                        "",
                        false,
                        Optional.empty(),
                        "",
                        "",
                        Optional.empty())),
                round)),
        Optional.empty());
  }

  private static Optional<SnapshottingStatus.Round> round(
      Instant begun, Optional<Instant> ended, String error) {
    return Optional.of(new SnapshottingStatus.Round(begun, ended, error));
  }

  @Test
  void whatBeginsBeforeTheSnapshotsAreTakenDoesNotCount() {
    RunProgress withSnapshots = new RunProgress(true, EARLIER_PRUNING);
    Optional<PruningStatus> early = pruning(BEGUN, PruningStatus.State.DONE);
    Instant taken = BEGUN.plusSeconds(1);
    SnapshottingStatus.FilesystemState done = SnapshottingStatus.FilesystemState.DONE;
    List<JobStatus> looks =
        List.of(
            snap(Optional.empty(), done, early),
            snap(round(BEFORE, Optional.of(BEFORE), ""), done, early),
            snap(round(BEGUN, Optional.empty(), ""), done, early),
            snap(round(BEGUN, Optional.of(taken), ""), done, early),
            snap(
                round(BEGUN, Optional.of(taken), ""),
                done,
                pruning(taken, PruningStatus.State.EXECUTE)),
            snap(
                round(BEGUN, Optional.of(taken), ""),
                done,
                pruning(taken, PruningStatus.State.DONE)));
    assertThat(looks)
        .extracting(job -> withSnapshots.look(job, taken).state())
        .containsExactly(
            State.NOT_BEGUN,
            State.NOT_BEGUN,
            State.RUNNING,
            State.NOT_BEGUN,
            State.RUNNING,
            State.SUCCEEDED);
    assertThat(withSnapshots.takeWakeupWanted())
        .as("a run that began during the round is to be followed by one more")
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({"no such pool, ERROR, true", "no such pool, PENDING, true", "'', ERROR, false"})
  void snapshotThatWasNotTakenMakesTheRunFail(
      String error, SnapshottingStatus.FilesystemState state, boolean wakeup) {
    RunProgress withSnapshots = new RunProgress(true, EARLIER_PRUNING);
    JobStatus job =
        snap(
            round(BEGUN, Optional.of(BEGUN), error),
            state,
            pruning(BEGUN, PruningStatus.State.DONE));
    assertThat(withSnapshots.look(job, BEGUN).state()).isEqualTo(State.FAILED);
    assertThat(withSnapshots.takeWakeupWanted())
        .as("if the round failed before it began, nothing follows by itself")
        .isEqualTo(wakeup);
    assertThat(withSnapshots.takeWakeupWanted()).isFalse();
  }

  @Test
  void snapshotsThatTheRoundDidNotWaitForBelongToTheRun() {
    RunProgress withSnapshots = new RunProgress(true, EARLIER_PRUNING);
    Optional<SnapshottingStatus.Round> over = round(BEGUN, Optional.of(BEGUN.plusSeconds(60)), "");
    Optional<PruningStatus> early = pruning(BEGUN.plusSeconds(61), PruningStatus.State.DONE);
    Instant now = BEGUN.plusSeconds(90);
    assertThat(
            withSnapshots
                .look(snap(over, SnapshottingStatus.FilesystemState.STARTED, early), now)
                .state())
        .isEqualTo(State.RUNNING);
    assertThat(
            withSnapshots
                .look(snap(over, SnapshottingStatus.FilesystemState.DONE, early), now)
                .state())
        .as("what began before the last one was taken does not have it")
        .isEqualTo(State.NOT_BEGUN);
    assertThat(withSnapshots.takeWakeupWanted()).isTrue();
    assertThat(
            withSnapshots
                .look(
                    snap(
                        over,
                        SnapshottingStatus.FilesystemState.DONE,
                        pruning(now, PruningStatus.State.DONE)),
                    now)
                .state())
        .isEqualTo(State.SUCCEEDED);
  }
}
