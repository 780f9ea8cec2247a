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
 * @param outstanding guids of the targets that have not been completed
 */
public record PlanLimit(CreateTxg newest, Set<Guid> outstanding) {
  /** Copies the set. */
  public PlanLimit {
    outstanding = Set.copyOf(outstanding);
  }

  /**
   * The limit that a plan sets.
   *
   * @param steps at least one, in order
   */
  public static PlanLimit of(List<ReplicationStep> steps) {
    Set<Guid> guids = new HashSet<>();
    steps.forEach(step -> guids.add(step.to().guid()));
    return new PlanLimit(steps.getLast().to().createTxg(), guids);
  }

  /** The limit after a target has been completed. */
  public PlanLimit completed(Snapshot to) {
    Set<Guid> rest = new HashSet<>(outstanding);
    rest.remove(to.guid());
    return new PlanLimit(newest, rest);
  }

  boolean includes(FilesystemVersion version) {
    return version.createTxg().compareTo(newest) <= 0;
  }

  /** Whether some open target is not among the snapshots of the receiver. */
  boolean isMissingFrom(List<Snapshot> receiverSnapshots) {
    Set<Guid> missing = new HashSet<>(outstanding);
    receiverSnapshots.forEach(snapshot -> missing.remove(snapshot.guid()));
    return !missing.isEmpty();
  }
}
