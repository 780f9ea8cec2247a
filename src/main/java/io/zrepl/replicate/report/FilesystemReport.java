package io.zrepl.replicate.report;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One filesystem in an attempt.
 *
 * @param name its path on the sender
 * @param state what it is doing; an error state with {@code retryAt} is not final
 * @param blockedOn what it waits for
 * @param planError set exactly in state {@link FilesystemState#PLANNING_ERROR}
 * @param stepError set exactly in state {@link FilesystemState#STEP_ERROR}
 * @param estimateError why the last of its size estimates failed or was given up as stalled, while
 *     it has steps left; the steps go on without
 * @param currentStep index of the step that is next or running; the number of steps when done
 * @param steps in order of execution; empty before planning. Sizes and byte counts are as of when
 *     they are looked at
 * @param failedTries how often it failed in a row without completing a step in between
 * @param retryAt when it is tried again after a temporary failure
 */
public record FilesystemReport(
    DatasetPath name,
    FilesystemState state,
    BlockedOn blockedOn,
    Optional<ReportedError> planError,
    Optional<ReportedError> stepError,
    Optional<ReportedError> estimateError,
    int currentStep,
    List<StepReport> steps,
    int failedTries,
    Optional<Instant> retryAt) {
  /** Keeps the list as it is: there may be very many steps, of which nobody wants to see most. */
  public FilesystemReport {
    steps = Collections.unmodifiableList(steps);
  }

  /** Without its plan but for the step at which it ended: the live list holds all of it. */
  FilesystemReport superseded() {
    List<StepReport> last =
        currentStep < steps.size() ? List.of(steps.get(currentStep)) : List.of();
    return new FilesystemReport(
        name, state, blockedOn, planError, stepError, estimateError, 0, last, failedTries, retryAt);
  }
}
