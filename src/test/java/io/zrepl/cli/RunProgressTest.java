package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.cli.RunProgress.State;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.SnapshottingStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When {@code zrepl run} may say that all went well. */
class RunProgressTest {
  private static final Instant ASKED = Instant.parse("2026-11-23T03:17:38Z");
  private static final Instant BEGUN = ASKED.plusMillis(100);
  private static final Instant BEFORE = ASKED.minusSeconds(60);

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
                        List.of())))),
        sender,
        receiver,
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  private static Optional<PruningStatus> pruning(Instant begun, PruningStatus.State state) {
    return Optional.of(
        new PruningStatus(
            state,
            "",
            List.of(),
            List.of(),
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
    SnapshottingStatus.FilesystemState taken = SnapshottingStatus.FilesystemState.DONE;
    assertThat(
            withSnapshots
                .look(
                    snap(
                        round(back, Optional.of(back.plusSeconds(5)), ""),
                        taken,
                        pruning(BEFORE, PruningStatus.State.DONE)),
                    back)
                .state())
        .as("what was there before stays what it was")
        .isEqualTo(State.NOT_BEGUN);
    assertThat(
            withSnapshots
                .look(
                    snap(
                        round(back, Optional.of(back.plusSeconds(5)), ""),
                        taken,
                        pruning(back.plusSeconds(1), PruningStatus.State.DONE)),
                    back)
                .state())
        .isEqualTo(State.SUCCEEDED);
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
  @CsvSource({"no such pool, ERROR, true", "'', STARTED, false", "'', ERROR, false"})
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
}
