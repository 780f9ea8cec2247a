package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import java.util.Map;

/** ZFS refused to take snapshots; none of the pool in question was taken. */
public final class SnapshotException extends ZfsException {
  private static final long serialVersionUID = 1L;

  private final transient Map<SnapshotPath, String> culprits;

  /**
   * Creates the exception.
   *
   * @param message includes the command's own words
   * @param temporary whether the same command may succeed later
   * @param culprits the snapshots that ZFS named, with its reasons; may be empty
   */
  public SnapshotException(String message, boolean temporary, Map<SnapshotPath, String> culprits) {
    super(FailureScope.FILESYSTEM, temporary, message, null, null);
    this.culprits = Map.copyOf(culprits);
  }

  /**
   * Creates the exception for a recognised problem.
   *
   * @param message includes the command's own words
   * @param culprits the snapshots that ZFS named, with its reasons; may be empty
   */
  public SnapshotException(ZfsProblem problem, String message, Map<SnapshotPath, String> culprits) {
    super(problem, message, null);
    this.culprits = Map.copyOf(culprits);
  }

  /** The snapshots that ZFS named, with its reasons; empty if it named none. */
  public Map<SnapshotPath, String> culprits() {
    return culprits;
  }
}
