package io.zrepl.replicate.run;

import io.zrepl.replicate.plan.PlanLimit;
import java.util.Optional;

/**
 * What a run still owes a filesystem; kept from attempt to attempt.
 *
 * @param limit how far its last plan went
 * @param unconfirmed a step that arrived, but of which the sender could not be told
 */
record Outstanding(Optional<PlanLimit> limit, Optional<StepProgress> unconfirmed) {
  static final Outstanding NONE = new Outstanding(Optional.empty(), Optional.empty());

  Outstanding withLimit(PlanLimit next) {
    return new Outstanding(Optional.of(next), unconfirmed);
  }

  /** Whether something is still to be done. */
  boolean isOwed() {
    return unconfirmed.isPresent() || limit.map(each -> !each.isCompleted()).orElse(false);
  }

  /** When everything that was planned has turned out to be there. */
  Outstanding withAllCompleted() {
    return new Outstanding(limit.map(PlanLimit::withAllCompleted), unconfirmed);
  }

  Outstanding withUnconfirmed(StepProgress step) {
    return new Outstanding(limit, Optional.of(step.asConfirmOnly()));
  }

  /** After the next step of the plan, or only its confirmation, has been completed. */
  Outstanding withCompleted(StepProgress step) {
    // What was unconfirmed belongs to the plan before.
    return step.confirmOnly()
        ? new Outstanding(limit, Optional.empty())
        : new Outstanding(limit.map(PlanLimit::withNextCompleted), Optional.empty());
  }
}
