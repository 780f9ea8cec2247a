package io.zrepl.prune;

import java.util.List;

/**
 * What is to become of a snapshot.
 *
 * @param candidate the snapshot
 * @param reasons why it is kept; empty if it is to be destroyed
 */
public record KeepVerdict(PruneCandidate candidate, List<KeepReason> reasons) {
  /** Copies the list. */
  public KeepVerdict {
    reasons = List.copyOf(reasons);
  }

  /** Whether it stays. */
  public boolean kept() {
    return !reasons.isEmpty();
  }

  /** The same snapshot, to be kept for that reason. */
  KeepVerdict keptBecause(KeepReason reason) {
    return new KeepVerdict(candidate, List.of(reason));
  }
}
