package io.zrepl.replicate.plan;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How far the first plan of a filesystem in a run went. A retry in the same run does all of it that
 * is still open, but does not go further: otherwise a filesystem that fails now and then would
 * never come to an end while new snapshots are taken.
 *
 * @param newest createtxg of the plan's last target, on the sender
 * @param targets guids of all targets, in the order of the steps
 * @param completed how many of them, from the first, have been completed
 */
public record PlanLimit(CreateTxg newest, List<Guid> targets, int completed) {
  /** Copies the list, compactly. */
  public PlanLimit {
    targets = GuidList.copyOf(targets);
  }

  /**
   * The limit that a plan sets.
   *
   * @param steps at least one, in order
   */
  public static PlanLimit of(List<ReplicationStep> steps) {
    return new PlanLimit(
        steps.getLast().to().createTxg(), steps.stream().map(step -> step.to().guid()).toList(), 0);
  }

  /** The limit after the next target has been completed. */
  public PlanLimit withNextCompleted() {
    return new PlanLimit(newest, targets, Math.min(completed + 1, targets.size()));
  }

  /** The limit when there is nothing left to do. */
  public PlanLimit withAllCompleted() {
    return new PlanLimit(newest, targets, targets.size());
  }

  /** Whether all targets have been completed. */
  public boolean isCompleted() {
    return completed == targets.size();
  }

  boolean includes(FilesystemVersion version) {
    return version.createTxg().compareTo(newest) <= 0;
  }

  /** Whether some target that was not completed is not among the snapshots of the receiver. */
  boolean isMissingFrom(List<Snapshot> receiverSnapshots) {
    Set<Guid> missing = new HashSet<>(targets.subList(completed, targets.size()));
    receiverSnapshots.forEach(snapshot -> missing.remove(snapshot.guid()));
    return !missing.isEmpty();
  }
}
