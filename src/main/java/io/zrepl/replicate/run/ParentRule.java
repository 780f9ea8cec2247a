package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whether a filesystem may start, given the filesystems above it in the same attempt.
 *
 * <p>A filesystem is created on the receiver after those above it: a child that came first would
 * force a placeholder into the parent's place. Per parent:
 *
 * <table>
 * <caption>Effect of a parent on its descendants</caption>
 * <tr><th>parent on the receiver</th><th>parent in this attempt</th><th>effect</th></tr>
 * <tr><td>exists, complete</td><td>any</td><td>none</td></tr>
 * <tr><td rowspan="6">absent, a placeholder,<br>or with partial state</td>
 *     <td>not planned yet, or its first step is a full one and not completed</td><td>wait</td></tr>
 * <tr><td>a step was completed, or has arrived although the sender could not be told, or the first
 *     is incremental</td><td>none</td></tr>
 * <tr><td>nothing to do, or a conflict (for example no snapshots): this run does not create it
 *     </td><td>none</td></tr>
 * <tr><td>failed in planning, exists in some form</td><td>none</td></tr>
 * <tr><td>failed in a step, is a placeholder</td><td>none: the placeholder can stay</td></tr>
 * <tr><td>failed otherwise</td><td>fail</td></tr>
 * </table>
 */
final class ParentRule {
  private enum Effect {
    NONE,
    WAIT,
    FAIL
  }

  /** The decision. */
  sealed interface Decision {
    record Start() implements Decision {}

    record Wait() implements Decision {}

    /** Some parents, named, failed. */
    record Fail(List<DatasetPath> parents) implements Decision {
      String message() {
        return parents.stream()
            .map(DatasetPath::toString)
            .collect(
                Collectors.joining(", ", "parent(s) failed during initial replication: [", "]"));
      }
    }
  }

  private ParentRule() {}

  /**
   * Decides for a filesystem.
   *
   * @param parents the filesystems of the attempt that are above it
   */
  static Decision decide(List<FilesystemWork> parents) {
    List<DatasetPath> failed = new ArrayList<>();
    boolean wait = false;
    for (FilesystemWork parent : parents) {
      switch (effect(parent)) {
        case FAIL -> failed.add(parent.path());
        case WAIT -> wait = true;
        case NONE -> {}
      }
    }
    if (!failed.isEmpty()) {
      return new Decision.Fail(failed);
    }
    return wait ? new Decision.Wait() : new Decision.Start();
  }

  private static Effect effect(FilesystemWork parent) {
    boolean absent = parent.receiver().isEmpty();
    boolean placeholder = parent.receiver().map(entry -> entry.placeholder()).orElse(false);
    boolean partial = parent.receiver().map(e -> e.resumeToken().isPresent()).orElse(false);
    if (!absent && !placeholder && !partial) {
      return Effect.NONE;
    }
    FilesystemStatus status = parent.status();
    if (status.completed() > 0 || parent.hasArrived()) {
      return Effect.NONE;
    }
    return switch (status.phase()) {
      case FilesystemPhase.PlanQueue _,
          FilesystemPhase.Planning _,
          FilesystemPhase.RetryPlanning _ ->
          Effect.WAIT;
      case FilesystemPhase.Estimating _,
          FilesystemPhase.Parents _,
          FilesystemPhase.StepQueue _,
          FilesystemPhase.Stepping _,
          FilesystemPhase.RetryStep _ ->
          startsWithFullStep(status) ? Effect.WAIT : Effect.NONE;
      case FilesystemPhase.Done _ -> Effect.NONE;
      case FilesystemPhase.PlanningFailed _ ->
          parent.wasAbsent() && !parent.hasConflict() ? Effect.FAIL : Effect.NONE;
      case FilesystemPhase.StepFailed _ ->
          startsWithFullStep(status) && !placeholder ? Effect.FAIL : Effect.NONE;
    };
  }

  private static boolean startsWithFullStep(FilesystemStatus status) {
    return !status.steps().isEmpty() && status.steps().getFirst().step().isFull();
  }
}
