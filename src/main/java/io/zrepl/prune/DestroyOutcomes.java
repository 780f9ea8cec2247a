package io.zrepl.prune;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What became of the snapshots that were to be destroyed. A held snapshot is no failure: whoever
 * holds it wants it, and a later run destroys it once it is released.
 *
 * @param destroyed names of those that are gone
 * @param held those that stay because of holds, with ZFS's words
 * @param failed those that stay for another reason
 */
record DestroyOutcomes(
    List<String> destroyed, List<DestroyResult> held, List<DestroyResult> failed) {
  /** Nothing was to be done. */
  static final DestroyOutcomes NOTHING = new DestroyOutcomes(List.of(), List.of(), List.of());

  /** Copies the lists. */
  DestroyOutcomes {
    destroyed = List.copyOf(destroyed);
    held = List.copyOf(held);
    failed = List.copyOf(failed);
  }

  /** What a report needs: the destroyed ones are in the plan. */
  DestroyOutcomes withoutDestroyed() {
    return new DestroyOutcomes(List.of(), held, failed);
  }

  /** Sorts the results; a snapshot without result counts as failed. */
  static DestroyOutcomes of(List<Snapshot> requested, List<DestroyResult> results) {
    Map<String, DestroyResult> byName = new HashMap<>();
    results.forEach(result -> byName.put(result.snapshotName(), result));
    List<String> destroyed = new ArrayList<>();
    List<DestroyResult> held = new ArrayList<>();
    List<DestroyResult> failed = new ArrayList<>();
    for (Snapshot snapshot : requested) {
      DestroyResult result = byName.get(snapshot.name());
      if (result == null) {
        failed.add(
            new DestroyResult(
                snapshot.name(), Optional.of("the other side did not say what became of it")));
      } else if (result.error().isEmpty()) {
        destroyed.add(snapshot.name());
      } else if (saysHeld(result.error().get())) {
        held.add(result);
      } else {
        failed.add(result);
      }
    }
    return new DestroyOutcomes(destroyed, held, failed);
  }

  /**
   * Whether ZFS refused because of a hold. Older versions say "dataset is busy" for holds and for
   * everything else that keeps a snapshot in use; an endpoint of ours adds "held" where it knows
   * that a hold is the reason.
   */
  private static boolean saysHeld(String reason) {
    // Not just the word: the name of a dataset may hold it, but no name has an apostrophe.
    return reason.startsWith("it is held: ") || reason.contains("it's being held.");
  }

  /** The failed ones in one sentence. */
  Optional<PruneFailure> failure() {
    if (failed.isEmpty()) {
      return Optional.empty();
    }
    Set<String> reasons = new LinkedHashSet<>();
    List<String> names = new ArrayList<>();
    List<String> pairs = new ArrayList<>();
    for (DestroyResult result : failed) {
      String name = "@" + result.snapshotName();
      String reason = result.error().orElse("");
      reasons.add(reason);
      names.add(name);
      pairs.add("(" + name + ": " + reason + ")");
    }
    return Optional.of(
        PruneFailure.of(
            reasons.size() == 1
                ? "destroys failed " + String.join(", ", names) + ": " + reasons.iterator().next()
                : "destroys failed: " + String.join(", ", pairs)));
  }
}
