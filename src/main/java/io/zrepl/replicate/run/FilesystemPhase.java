package io.zrepl.replicate.run;

import io.zrepl.replicate.report.BlockedOn;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReportedError;
import java.time.Instant;
import java.util.Optional;

/**
 * What a filesystem is doing in an {@link Attempt}, which makes these transitions. Failed stands
 * for {@link PlanningFailed} or {@link StepFailed}, retry for {@link RetryPlanning} or {@link
 * RetryStep}, each by {@link #isBeforePlan}.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>phase</th><th>event</th><th>next phase</th><th>actions</th></tr>
 * <tr><td>PlanQueue</td><td>fewer than {@value Attempt#CONCURRENT_PLANNINGS} are planned</td>
 *     <td>Planning</td><td>plan</td></tr>
 * <tr><td>PlanQueue</td><td>first listed, lost in an earlier attempt</td><td>failed</td><td></td>
 *     </tr>
 * <tr><td>PlanQueue</td><td>first listed, owed something by an earlier attempt, not offered any more
 *     </td><td>failed</td><td></td></tr>
 * <tr><td>Planning</td><td>steps</td><td>Estimating</td><td>estimate the next step as soon as
 *     {@link EstimateQueue} has a slot</td></tr>
 * <tr><td>Estimating</td><td>estimated, or that failed</td><td>Parents, StepQueue or StepFailed by
 *     {@link ParentRule}</td><td>estimate the step after it, by and by</td></tr>
 * <tr><td>Estimating</td><td>no estimate for {@link Attempt#ESTIMATE_PATIENCE}</td><td>the same
 *     </td><td></td></tr>
 * <tr><td>Estimating</td><td>a side forbids the step</td><td>PlanningFailed</td><td></td></tr>
 * <tr><td>Planning</td><td>nothing to do</td><td>Done</td><td></td></tr>
 * <tr><td>Planning</td><td>conflict</td><td>PlanningFailed</td><td></td></tr>
 * <tr><td>Parents</td><td>a parent changed</td><td>StepQueue or StepFailed by the same rule</td>
 *     <td></td></tr>
 * <tr><td>StepQueue</td><td>slot, by {@link io.zrepl.replicate.run.StepQueue}</td><td>Stepping</td>
 *     <td>execute</td></tr>
 * <tr><td>Stepping</td><td>completed</td><td>StepQueue, after the last step Done</td><td></td>
 *     </tr>
 * <tr><td>Stepping</td><td>resume token unusable, first time</td><td>PlanQueue, not to use it
 *     </td><td></td></tr>
 * <tr><td>Stepping</td><td>arrived but not confirmed</td><td>as a temporary failure; the next plan
 *     begins with the confirmation</td><td></td></tr>
 * <tr><td>Planning, Stepping</td><td>failure</td><td>retry or failed by {@link FailureRule}</td>
 *     <td></td></tr>
 * <tr><td>retry</td><td>woken up</td><td>retry, its time has come</td><td></td></tr>
 * <tr><td>retry</td><td>its time has come, no listing is open or was just made</td><td>PlanQueue
 *     once both sides are listed</td><td>list both sides, once for all whose time has come</td></tr>
 * <tr><td>any but a {@link Running} one, or Estimating that waits for a slot</td><td>a failure stops it, by {@link Stops}</td><td>failed
 *     </td><td></td></tr>
 * <tr><td>any</td><td>cancelled</td><td>failed</td><td></td></tr>
 * </table>
 */
sealed interface FilesystemPhase {

  /** Waits for something that is no matter of time. */
  sealed interface Waiting extends FilesystemPhase {}

  /** An action is being performed for it, whose end decides what comes next. */
  sealed interface Running extends FilesystemPhase {}

  /** Waits to be planned anew after a failure that may pass. */
  sealed interface Retry extends FilesystemPhase {
    /** The failure. */
    ReportedError error();

    /** When to try again. */
    Instant at();

    /** The same at another time. */
    Retry at(Instant other);
  }

  /** Nothing more happens to it in this attempt. */
  sealed interface Ended extends FilesystemPhase {}

  /** It ended badly. */
  sealed interface Failed extends Ended {
    /** Why. */
    ReportedError error();
  }

  /** Waits to be planned. */
  record PlanQueue() implements Waiting {}

  /** Is being planned. */
  record Planning() implements Running {}

  /**
   * Is planned; its next step is being estimated, which finds out whether it is allowed.
   *
   * @param until when the step starts without the estimate
   */
  record Estimating(Instant until) implements Running {}

  /** Waits for the first step of a filesystem above it. */
  record Parents() implements Waiting {}

  /** Waits for a slot. */
  record StepQueue() implements Waiting {}

  /** Its next step is being executed. */
  record Stepping() implements Running {}

  /** Waits to be planned anew after planning failed temporarily. */
  record RetryPlanning(ReportedError error, Instant at) implements Retry {
    @Override
    public Retry at(Instant other) {
      return new RetryPlanning(error, other);
    }
  }

  /** Waits to be planned anew after a step failed temporarily. */
  record RetryStep(ReportedError error, Instant at) implements Retry {
    @Override
    public Retry at(Instant other) {
      return new RetryStep(error, other);
    }
  }

  /** All steps are completed. */
  record Done() implements Ended {}

  /** Planning failed for good. */
  record PlanningFailed(ReportedError error) implements Failed {}

  /** A step failed for good. */
  record StepFailed(ReportedError error) implements Failed {}

  /** Whether its plan is not complete, so that a failure is one of planning. */
  default boolean isBeforePlan() {
    return switch (this) {
      case PlanQueue _, Planning _, Estimating _, RetryPlanning _ -> true;
      case Parents _, StepQueue _, Stepping _, RetryStep _, Ended _ -> false;
    };
  }

  /** Whether sizes of its steps are of interest. */
  default boolean isEstimated() {
    return switch (this) {
      case Estimating _, Parents _, StepQueue _, Stepping _ -> true;
      case PlanQueue _, Planning _, Retry _, Ended _ -> false;
    };
  }

  /** The phase that a failure leads to from here if it is for good. */
  default Failed failed(ReportedError error) {
    return isBeforePlan() ? new PlanningFailed(error) : new StepFailed(error);
  }

  /** The phase that a failure leads to from here if it may pass. */
  default Retry retry(ReportedError error, Instant at) {
    return isBeforePlan() ? new RetryPlanning(error, at) : new RetryStep(error, at);
  }

  /** The error that led here, if one did. */
  default Optional<ReportedError> reported() {
    return switch (this) {
      case Retry retry -> Optional.of(retry.error());
      case Failed failed -> Optional.of(failed.error());
      case Waiting _, Running _, Done _ -> Optional.empty();
    };
  }

  /** Its state in the documented report. */
  default FilesystemState state() {
    return switch (this) {
      case PlanQueue _, Planning _, Estimating _ -> FilesystemState.PLANNING;
      case Parents _, StepQueue _, Stepping _ -> FilesystemState.STEPPING;
      case RetryPlanning _, PlanningFailed _ -> FilesystemState.PLANNING_ERROR;
      case RetryStep _, StepFailed _ -> FilesystemState.STEP_ERROR;
      case Done _ -> FilesystemState.DONE;
    };
  }

  /** What it waits for in the documented report. */
  default BlockedOn blockedOn() {
    return switch (this) {
      case PlanQueue _ -> BlockedOn.PLAN_QUEUE;
      case Parents _ -> BlockedOn.PARENT_INITIAL_REPLICATION;
      case StepQueue _ -> BlockedOn.STEP_QUEUE;
      case Running _, Retry _, Ended _ -> BlockedOn.NOTHING;
    };
  }
}
