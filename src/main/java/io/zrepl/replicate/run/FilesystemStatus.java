package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
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
 */
record FilesystemStatus(FilesystemPhase phase, StepList steps, int completed, int failures) {
  static final FilesystemStatus INITIAL =
      new FilesystemStatus(new FilesystemPhase.PlanQueue(), StepList.EMPTY, 0, 0);

  /** Another phase. */
  FilesystemStatus in(FilesystemPhase next) {
    return new FilesystemStatus(next, steps, completed, failures);
  }

  /** Another phase, after one more failure. */
  FilesystemStatus afterFailureIn(FilesystemPhase next) {
    return new FilesystemStatus(next, steps, completed, failures + 1);
  }

  FilesystemStatus withSteps(StepList all) {
    return new FilesystemStatus(phase, all, completed, failures);
  }

  FilesystemStatus withStepCompleted() {
    return new FilesystemStatus(phase, steps, completed + 1, 0);
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
        completed,
        new StepReports(steps),
        failures,
        retryAt);
  }
}
