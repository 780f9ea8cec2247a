package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReportedError;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How one filesystem stands in an attempt.
 *
 * @param phase what it is doing
 * @param steps those that were completed in this attempt, then those of the current plan
 * @param completed how many of them are completed
 * @param failures how often it failed in a row without completing a step in between
 * @param estimateError why the last of its size estimates failed or was given up; empty if it did
 *     not
 */
record FilesystemStatus(
    FilesystemPhase phase,
    StepList steps,
    int completed,
    int failures,
    Optional<ReportedError> estimateError) {
  static final FilesystemStatus INITIAL =
      new FilesystemStatus(new FilesystemPhase.PlanQueue(), StepList.EMPTY, 0, 0, Optional.empty());

  /** Another phase. */
  FilesystemStatus in(FilesystemPhase next) {
    return new FilesystemStatus(next, steps, completed, failures, estimateError);
  }

  /** Another phase, after one more failure. */
  FilesystemStatus afterFailureIn(FilesystemPhase next) {
    return new FilesystemStatus(next, steps, completed, failures + 1, estimateError);
  }

  FilesystemStatus withSteps(StepList all) {
    return new FilesystemStatus(phase, all, completed, failures, estimateError);
  }

  FilesystemStatus withStepCompleted() {
    return new FilesystemStatus(phase, steps, completed + 1, 0, estimateError);
  }

  /** After an estimate that failed, or one that did not. */
  FilesystemStatus withEstimateError(Optional<ReportedError> error) {
    return new FilesystemStatus(phase, steps, completed, failures, error);
  }

  /** Whether a step is not of an earlier plan, to be asked before the next plan is made. */
  boolean isOfLastPlan(StepProgress step) {
    return !steps.isEmpty() && steps.get(steps.size() - 1).table() == step.table();
  }

  boolean allCompleted() {
    return completed == steps.size();
  }

  StepProgress currentStep() {
    return steps.get(completed);
  }

  List<StepProgress> completedSteps() {
    return steps.subList(0, completed);
  }

  List<StepProgress> openSteps() {
    return steps.subList(completed, steps.size());
  }

  FilesystemReport report(DatasetPath name) {
    boolean planning = phase.state() == FilesystemState.PLANNING_ERROR;
    Optional<Instant> retryAt =
        phase instanceof FilesystemPhase.Retry retry ? Optional.of(retry.at()) : Optional.empty();
    return new FilesystemReport(
        name,
        phase.state(),
        phase.blockedOn(),
        planning ? phase.reported() : Optional.empty(),
        planning ? Optional.empty() : phase.reported(),
        allCompleted() ? Optional.empty() : estimateError,
        completed,
        new StepReports(steps),
        failures,
        retryAt);
  }
}
