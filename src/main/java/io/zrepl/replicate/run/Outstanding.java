package io.zrepl.replicate.run;

import io.zrepl.model.Guid;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.PlanLimit;
import io.zrepl.replicate.plan.ReplicationStep;
import java.util.Optional;

/**
 * What a run still owes a filesystem; kept from attempt to attempt.
 *
 * @param limit how far its last plan went
 * @param unconfirmed a step that arrived, but of which the sender could not be told
 * @param failed a step whose transfer failed, as far as is known here: its end may have come with
 *     an answer that was lost
 */
record Outstanding(
    Optional<PlanLimit> limit, Optional<StepProgress> unconfirmed, Optional<StepProgress> failed) {
  static final Outstanding NONE =
      new Outstanding(Optional.empty(), Optional.empty(), Optional.empty());

  Outstanding withLimit(PlanLimit next) {
    return new Outstanding(Optional.of(next), unconfirmed, failed);
  }

  /** Whether something is still to be done. */
  boolean isOwed() {
    return unconfirmed.isPresent() || limit.map(each -> !each.isCompleted()).orElse(false);
  }

  /** When everything that was planned has turned out to be there. */
  Outstanding withAllCompleted() {
    return new Outstanding(limit.map(PlanLimit::withAllCompleted), unconfirmed, failed);
  }

  Outstanding withUnconfirmed(StepProgress step) {
    return new Outstanding(limit, Optional.of(step.asConfirmOnly()), Optional.empty());
  }

  Outstanding withFailed(StepProgress step) {
    return step.confirmOnly() ? this : new Outstanding(limit, unconfirmed, Optional.of(step));
  }

  /** What a new plan says about the step that failed: if it has arrived, it is unconfirmed. */
  Outstanding judgedBy(FilesystemPlan plan) {
    return failed.isPresent() && hasArrived(failed.get().step().to().guid(), plan)
        ? withUnconfirmed(failed.get())
        : this;
  }

  /** A plan leaves out what was planned before only if the receiver has it. */
  private static boolean hasArrived(Guid target, FilesystemPlan plan) {
    return switch (plan) {
      case FilesystemPlan.NothingToDo _ -> true;
      case FilesystemPlan.Steps steps -> {
        ReplicationStep first = steps.steps().getFirst();
        yield first.from().isPresent()
            && first.from().get().guid().equals(target)
            && first.resumeToken().isEmpty();
      }
      case FilesystemPlan.Conflict _ -> false;
    };
  }

  /** After the next step of the plan, or only its confirmation, has been completed. */
  Outstanding withCompleted(StepProgress step) {
    // What was unconfirmed belongs to the plan before.
    return step.confirmOnly()
        ? new Outstanding(limit, Optional.empty(), failed)
        : new Outstanding(
            limit.map(PlanLimit::withNextCompleted), Optional.empty(), Optional.empty());
  }
}
