package io.zrepl.zfs.lock;

import java.util.Map;

/**
 * What zrepl does with a dataset, so far as it must not meet something else.
 *
 * <table>
 * <caption>What each needs; "all" may be shared, "alone" may not</caption>
 * <tr><th></th><th>protection</th><th>target</th><th>snapshots</th></tr>
 * <tr><td>confirm a step</td><td>all</td><td></td><td></td></tr>
 * <tr><td>send</td><td>all</td><td></td><td>all</td></tr>
 * <tr><td>receive</td><td>all</td><td>alone</td><td></td></tr>
 * <tr><td>destroy snapshots</td><td></td><td></td><td>all</td></tr>
 * <tr><td>roll back</td><td></td><td></td><td>alone</td></tr>
 * <tr><td>release protection</td><td>alone</td><td></td><td></td></tr>
 * <tr><td>set the placeholder mark</td><td></td><td>alone</td><td></td></tr>
 * </table>
 *
 * <p>So several jobs may send one dataset, also while it is pruned or received into: ZFS keeps
 * those apart by itself. Two receives into it, a rollback beside anything that reads or destroys
 * its snapshots, and the removal of holds and bookmarks beside a step exclude each other.
 */
public enum DatasetActivity {
  /** Moving the objects that protect a step when it was confirmed. */
  CONFIRM_STEP("confirm a step of", Map.of(Resource.PROTECTION, false)),
  /** Sending a stream, from the moment when what protects the step is placed. */
  SEND("send", Map.of(Resource.PROTECTION, false, Resource.SNAPSHOTS, false)),
  /** Receiving a stream. */
  RECEIVE("receive into", Map.of(Resource.PROTECTION, false, Resource.TARGET, true)),
  /** Destroying single snapshots. */
  DESTROY_SNAPSHOTS("destroy snapshots of", Map.of(Resource.SNAPSHOTS, false)),
  /** Rolling back, which destroys snapshots, before a placeholder is replaced. */
  ROLL_BACK("replace", Map.of(Resource.SNAPSHOTS, true)),
  /** Removing holds and bookmarks from outside of a step. */
  RELEASE_PROTECTION("release holds and bookmarks of", Map.of(Resource.PROTECTION, true)),
  /** Changing the property that marks placeholders, from outside of a receive. */
  MARK_PLACEHOLDER("mark", Map.of(Resource.TARGET, true));

  /** What an activity needs for itself or shares with others; in the order of acquisition. */
  enum Resource {
    /** The holds and bookmarks that protect steps. */
    PROTECTION(0),
    /** The dataset as the target of a stream. */
    TARGET(1),
    /** Which snapshots there are. */
    SNAPSHOTS(2);

    private final int offset;

    Resource(int offset) {
      this.offset = offset;
    }

    /** Which of the bytes of a dataset in the lock file it is; the same in all processes. */
    int offset() {
      return offset;
    }
  }

  private final String verb;
  private final Map<Resource, Boolean> needs;

  DatasetActivity(String verb, Map<Resource, Boolean> needs) {
    this.verb = verb;
    this.needs = needs;
  }

  /** What it does, for "cannot … tank/home". */
  String verb() {
    return verb;
  }

  /** The resources that it needs, with whether it needs them alone. */
  Map<Resource, Boolean> needs() {
    return needs;
  }
}
