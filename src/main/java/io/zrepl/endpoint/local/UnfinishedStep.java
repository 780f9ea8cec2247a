package io.zrepl.endpoint.local;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.Snapshot;
import java.util.Set;

/**
 * What was not removed yet because another step follows. Kept by {@link ActiveSends}, so that it
 * outlives the sender that left it: a run that was reset leaves it to the next one.
 */
sealed interface UnfinishedStep {
  /** What the sender knows that left it; another one has to look for itself. */
  Inventory.Identity leftBy();

  /**
   * The step to that snapshot is confirmed, and its cursor made. It was not looked at, nothing was
   * removed.
   *
   * @param doubtful whether something was not as it should be since: the next step must not build
   *     on it unseen
   * @param later what protects a step that was begun since, although this could not be done first
   */
  record Confirmed(
      Snapshot to, BookmarkPath cursor, boolean doubtful, Objects later, Inventory.Identity leftBy)
      implements UnfinishedStep {

    static Confirmed of(Snapshot to, BookmarkPath cursor, Inventory.Identity leftBy) {
      return new Confirmed(to, cursor, false, new Objects(Set.of(), Set.of()), leftBy);
    }

    boolean isContinuedBy(SendRequest request, Inventory.Identity by) {
      return !doubtful
          && leftBy == by
          && request.from().filter(from -> from.guid().equals(to.guid())).isPresent()
          && request.protection().forStep(true) != ReplicationGuarantee.NOTHING;
    }

    Confirmed inDoubt() {
      return new Confirmed(to, cursor, true, later, leftBy);
    }

    Confirmed before(Objects step) {
      return new Confirmed(to, cursor, true, step, leftBy);
    }
  }

  /**
   * What protects a step.
   *
   * @param heldSnapshots names of snapshots
   * @param bookmarks names of bookmarks
   */
  record Objects(Set<String> heldSnapshots, Set<String> bookmarks) {
    public Objects {
      heldSnapshots = Set.copyOf(heldSnapshots);
      bookmarks = Set.copyOf(bookmarks);
    }
  }

  /** The next step runs, or has failed. The holds on other snapshots than its own can go. */
  record HoldsOfEarlierSteps(Set<String> ownSnapshots, Inventory.Identity leftBy)
      implements UnfinishedStep {}
}
