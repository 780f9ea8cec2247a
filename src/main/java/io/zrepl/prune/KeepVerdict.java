package io.zrepl.prune;

import java.util.List;

/**
 * What is to become of a snapshot.
 *
 * @param candidate the snapshot
 * @param reasons why it is kept; empty if it is to be destroyed
 * @param objections why each rule does not keep it, if it is to be destroyed and somebody wants to
 *     know
 */
public record KeepVerdict(
    PruneCandidate candidate, List<KeepReason> reasons, List<String> objections) {
  /** Copies the lists. */
  public KeepVerdict {
    reasons = List.copyOf(reasons);
    objections = List.copyOf(objections);
  }

  /** One without objections. */
  public KeepVerdict(PruneCandidate candidate, List<KeepReason> reasons) {
    this(candidate, reasons, List.of());
  }

  /** Whether it stays. */
  public boolean kept() {
    return !reasons.isEmpty();
  }

  /** Whether it stays although no rule keeps it. */
  boolean spared() {
    return reasons.stream().anyMatch(KeepReason::sparesFromRules);
  }

  /** The same snapshot, to be kept for that reason. */
  KeepVerdict keptBecause(KeepReason reason) {
    return new KeepVerdict(candidate, List.of(reason));
  }
}
