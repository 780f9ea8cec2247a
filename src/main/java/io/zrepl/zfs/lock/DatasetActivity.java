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
  CONFIRM_STEP("confirm a step of"),
  /** Sending a stream, from the moment when what protects the step is placed. */
  SEND("send"),
  /** Receiving a stream. */
  RECEIVE("receive into"),
  /** Destroying single snapshots. */
  DESTROY_SNAPSHOTS("destroy snapshots of"),
  /** Rolling back, which destroys snapshots, before a placeholder is replaced. */
  ROLL_BACK("replace"),
  /** Removing holds and bookmarks from outside of a step. */
  RELEASE_PROTECTION("release holds and bookmarks of"),
  /** Changing the property that marks placeholders, from outside of a receive. */
  MARK_PLACEHOLDER("mark");

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

  DatasetActivity(String verb) {
    this.verb = verb;
  }

  /** What it does, for "cannot … tank/home". */
  String verb() {
    return verb;
  }

  /** The resources that it needs, with whether it needs them alone. */
  Map<Resource, Boolean> needs() {
    return switch (this) {
      case CONFIRM_STEP -> Map.of(Resource.PROTECTION, false);
      case SEND -> Map.of(Resource.PROTECTION, false, Resource.SNAPSHOTS, false);
      case RECEIVE -> Map.of(Resource.PROTECTION, false, Resource.TARGET, true);
      case DESTROY_SNAPSHOTS -> Map.of(Resource.SNAPSHOTS, false);
      case ROLL_BACK -> Map.of(Resource.SNAPSHOTS, true);
      case RELEASE_PROTECTION -> Map.of(Resource.PROTECTION, true);
      case MARK_PLACEHOLDER -> Map.of(Resource.TARGET, true);
    };
  }
}
