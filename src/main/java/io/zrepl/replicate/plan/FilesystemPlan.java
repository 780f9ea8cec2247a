package io.zrepl.replicate.plan;

import java.util.List;
import java.util.Optional;

/** What is to be done for one filesystem. */
public sealed interface FilesystemPlan {

  /**
   * Steps in this order, each based on the one before.
   *
   * @param steps at least one; only the first may be full or have a resume token
   * @param discardedPartialState why partial state on the receiver is not continued, but dropped
   *     when the first step arrives; empty if there is none or if it is continued
   */
  record Steps(List<ReplicationStep> steps, Optional<String> discardedPartialState)
      implements FilesystemPlan {
    /** Copies the list, compactly. */
    public Steps {
      steps = StepSequence.copyOf(steps);
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("a plan with steps has at least one");
      }
    }
  }

  /**
   * The receiver has what it should have.
   *
   * @param reason why, for the log
   */
  record NothingToDo(String reason) implements FilesystemPlan {}

  /**
   * Nothing can be done before somebody acts.
   *
   * @param message what is wrong
   * @param advice what the administrator can do
   */
  record Conflict(String message, String advice) implements FilesystemPlan {}
}
