package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.BlockedOn;
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
 * @param error set in the phases that a failure leads to
 * @param retryAt set in the phases {@code RETRY_PLANNING} and {@code RETRY_STEP}
 */
record FilesystemStatus(
    Phase phase,
    StepList steps,
    int completed,
    int failures,
    Optional<ReportedError> error,
    Optional<Instant> retryAt) {

  enum Phase {
    /** Waits to be planned. */
    PLAN_QUEUE(FilesystemState.PLANNING, BlockedOn.PLAN_QUEUE),
    /** Is being planned. */
    PLANNING(FilesystemState.PLANNING, BlockedOn.NOTHING),
    /** Is planned; its next step is being estimated, which finds out whether it is allowed. */
    ESTIMATING(FilesystemState.PLANNING, BlockedOn.NOTHING),
    /** Waits for the first step of a filesystem above it. */
    PARENTS(FilesystemState.STEPPING, BlockedOn.PARENT_INITIAL_REPLICATION),
    /** Waits for a slot. */
    STEP_QUEUE(FilesystemState.STEPPING, BlockedOn.STEP_QUEUE),
    /** Its next step is being executed. */
    STEPPING(FilesystemState.STEPPING, BlockedOn.NOTHING),
    /** Waits to be planned anew after planning failed temporarily. */
    RETRY_PLANNING(FilesystemState.PLANNING_ERROR, BlockedOn.NOTHING),
    /** Waits to be planned anew after a step failed temporarily. */
    RETRY_STEP(FilesystemState.STEP_ERROR, BlockedOn.NOTHING),
    /** All steps are completed. */
    DONE(FilesystemState.DONE, BlockedOn.NOTHING),
    /** Planning failed for good. */
    PLANNING_FAILED(FilesystemState.PLANNING_ERROR, BlockedOn.NOTHING),
    /** A step failed for good. */
    STEP_FAILED(FilesystemState.STEP_ERROR, BlockedOn.NOTHING);

    private final FilesystemState state;
    private final BlockedOn blockedOn;

    Phase(FilesystemState state, BlockedOn blockedOn) {
      this.state = state;
      this.blockedOn = blockedOn;
    }

    boolean isFinal() {
      return this == DONE || isFailed();
    }

    boolean isFailed() {
      return this == PLANNING_FAILED || this == STEP_FAILED;
    }

    boolean isRetry() {
      return this == RETRY_PLANNING || this == RETRY_STEP;
    }

    /** Whether an action is being performed for it, whose end decides what comes next. */
    boolean isRunning() {
      return this == PLANNING || this == ESTIMATING || this == STEPPING;
    }

    /** Whether sizes of its steps are of interest. */
    boolean isEstimated() {
      return this == ESTIMATING || this == PARENTS || this == STEP_QUEUE || this == STEPPING;
    }

    /** Whether its plan is not complete, so that a failure is one of planning. */
    boolean isBeforePlan() {
      return this == PLAN_QUEUE || this == PLANNING || this == ESTIMATING || this == RETRY_PLANNING;
    }
  }

  static final FilesystemStatus INITIAL =
      new FilesystemStatus(
          Phase.PLAN_QUEUE, StepList.EMPTY, 0, 0, Optional.empty(), Optional.empty());

  /** Another phase, without an error. */
  FilesystemStatus in(Phase next) {
    return new FilesystemStatus(
        next, steps, completed, failures, Optional.empty(), Optional.empty());
  }

  FilesystemStatus failed(Phase next, ReportedError reported, Optional<Instant> retry) {
    return new FilesystemStatus(next, steps, completed, failures + 1, Optional.of(reported), retry);
  }

  /** Back in the queue of those that wait, without counting as a failure. */
  FilesystemStatus postponed(Phase next, ReportedError reported, Instant retry) {
    return new FilesystemStatus(
        next, steps, completed, failures, Optional.of(reported), Optional.of(retry));
  }

  FilesystemStatus withRetryAt(Instant at) {
    return new FilesystemStatus(phase, steps, completed, failures, error, Optional.of(at));
  }

  FilesystemStatus withSteps(StepList all) {
    return new FilesystemStatus(phase, all, completed, failures, error, retryAt);
  }

  FilesystemStatus withStepCompleted() {
    return new FilesystemStatus(phase, steps, completed + 1, 0, error, retryAt);
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
    boolean planning = phase.state == FilesystemState.PLANNING_ERROR;
    return new FilesystemReport(
        name,
        phase.state,
        phase.blockedOn,
        planning ? error : Optional.empty(),
        planning ? Optional.empty() : error,
        completed,
        new StepReports(steps),
        failures,
        retryAt);
  }
}
