package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a snapshotter does next; all but the last two end with one event. */
sealed interface SnapshotterAction {

  /** Find out when the first round is due. */
  record FindSyncPoint() implements SnapshotterAction {}

  /**
   * Sleep, at most until then or a request; then tell the time.
   *
   * @param until empty if only a request ends the sleep
   */
  record Sleep(Optional<Instant> until) implements SnapshotterAction {}

  /** List the filesystems of a round. */
  record ListFilesystems() implements SnapshotterAction {}

  /** Take a snapshot of each. */
  record TakeSnapshots(List<DatasetPath> filesystems) implements SnapshotterAction {}

  /** Tell the job that a round is over. */
  record NotifyJob() implements SnapshotterAction {}

  /** Nothing is left to do. */
  record End() implements SnapshotterAction {}
}
