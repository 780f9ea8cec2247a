package io.zrepl.replicate.plan;

import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionList;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.RandomAccess;

/**
 * Steps of which each begins where the one before ended, held compactly: millions may be planned.
 * Immutable; a step is made anew whenever somebody asks for it.
 */
final class StepSequence extends AbstractList<ReplicationStep> implements RandomAccess {
  private final Optional<FilesystemVersion> base;
  private final Optional<ResumeToken> resumeToken;
  private final VersionList targets;

  private StepSequence(List<ReplicationStep> steps) {
    base = steps.getFirst().from();
    resumeToken = steps.getFirst().resumeToken();
    targets = VersionList.copyOf(steps.stream().map(ReplicationStep::to).toList());
  }

  /** The same steps; held as they are if they are not of that form. */
  static List<ReplicationStep> copyOf(List<ReplicationStep> steps) {
    if (steps instanceof StepSequence) {
      return steps;
    }
    for (int i = 1; i < steps.size(); i++) {
      ReplicationStep step = steps.get(i);
      if (step.resumeToken().isPresent()
          || !step.from().equals(Optional.of(steps.get(i - 1).to()))) {
        return List.copyOf(steps);
      }
    }
    return steps.isEmpty() ? List.of() : new StepSequence(steps);
  }

  @Override
  public ReplicationStep get(int index) {
    Snapshot to = target(index);
    return index == 0
        ? new ReplicationStep(base, to, resumeToken)
        : ReplicationStep.incremental(target(index - 1), to);
  }

  private Snapshot target(int index) {
    return (Snapshot) targets.get(index);
  }

  @Override
  public int size() {
    return targets.size();
  }
}
