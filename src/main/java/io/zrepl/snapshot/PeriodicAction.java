package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.List;

/** What a periodic snapshotter does next; all but the last two end with one event. */
sealed interface PeriodicAction {

  /** Find out when the first round is due. */
  record FindSyncPoint() implements PeriodicAction {}

  /** Sleep, at most until then; then tell the time. */
  record Sleep(Instant until) implements PeriodicAction {}

  /** List the filesystems of a round. */
  record ListFilesystems() implements PeriodicAction {}

  /** Take a snapshot of each. */
  record TakeSnapshots(List<DatasetPath> filesystems) implements PeriodicAction {}

  /** Tell the job that a round is over. */
  record NotifyJob() implements PeriodicAction {}

  /** Nothing is left to do. */
  record End() implements PeriodicAction {}
}
