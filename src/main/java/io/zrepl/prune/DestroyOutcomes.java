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
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What became of the snapshots that were to be destroyed. One that is held, cloned, mounted or
 * being sent is no failure: somebody wants it, and a later run destroys it once it is free.
 *
 * @param destroyed names of those that are gone
 * @param inUse those that stay because something uses them, with ZFS's words
 * @param failed those that stay for another reason
 */
record DestroyOutcomes(
    List<String> destroyed, List<DestroyResult> inUse, List<DestroyResult> failed) {
  // At the beginning: the name of a dataset may say what it likes, but no name begins a reason.
  private static final Pattern BUSY = Pattern.compile("^(dataset|snapshot) is busy\\b");

  /** Nothing was to be done. */
  static final DestroyOutcomes NOTHING = new DestroyOutcomes(List.of(), List.of(), List.of());

  /** Copies the lists. */
  DestroyOutcomes {
    destroyed = List.copyOf(destroyed);
    inUse = List.copyOf(inUse);
    failed = List.copyOf(failed);
  }

  /** What a report needs: the destroyed ones are in the plan. */
  DestroyOutcomes withoutDestroyed() {
    return new DestroyOutcomes(List.of(), inUse, failed);
  }

  /** Sorts the results; a snapshot without result counts as failed. */
  static DestroyOutcomes of(List<Snapshot> requested, List<DestroyResult> results) {
    Map<String, DestroyResult> byName = new HashMap<>();
    results.forEach(result -> byName.put(result.snapshotName(), result));
    List<String> destroyed = new ArrayList<>();
    List<DestroyResult> inUse = new ArrayList<>();
    List<DestroyResult> failed = new ArrayList<>();
    for (Snapshot snapshot : requested) {
      DestroyResult result = byName.get(snapshot.name());
      if (result == null) {
        failed.add(
            new DestroyResult(
                snapshot.name(), Optional.of("the other side did not say what became of it")));
      } else if (result.error().isEmpty()) {
        destroyed.add(snapshot.name());
      } else if (saysInUse(result.error().get())) {
        inUse.add(result);
      } else {
        failed.add(result);
      }
    }
    return new DestroyOutcomes(destroyed, inUse, failed);
  }

  /**
   * Whether ZFS refused because of a hold. Older versions say "dataset is busy" for holds and for
   * everything else that keeps a snapshot in use; an endpoint of ours adds "held" where it knows
   * that a hold is the reason.
   */
  static boolean saysHeld(String reason) {
    // Not just the word: the name of a dataset may hold it, but no name has an apostrophe.
    return reason.startsWith("it is held: ") || reason.contains("it's being held.");
  }

  /** Whether ZFS refused because of a hold, a clone, a mount or a send. */
  private static boolean saysInUse(String reason) {
    return saysHeld(reason)
        || BUSY.matcher(reason).find()
        || reason.startsWith("snapshot has dependent clones")
        || reason.startsWith("snapshot is cloned");
  }

  /** The same, with the words changed of those that stay in use. */
  DestroyOutcomes explained(UnaryOperator<DestroyResult> words) {
    return new DestroyOutcomes(destroyed, inUse.stream().map(words).toList(), failed);
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
