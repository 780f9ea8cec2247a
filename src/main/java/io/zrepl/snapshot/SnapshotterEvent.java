package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What happened to a snapshotter. */
sealed interface SnapshotterEvent {
  /** When, by the wall clock, which may have been set in between. */
  Instant now();

  /** The first round is due at that time, perhaps in the past. */
  record SyncPointFound(Instant at, Instant now) implements SnapshotterEvent {}

  /** It could not be found out when the first round is due. */
  record SyncPointFailed(String error, Instant now) implements SnapshotterEvent {}

  /**
   * It cannot be found out when the first round is due, since all snapshots are in the future, and
   * that may last long.
   */
  record SnapshotsInFuture(String error, Instant now) implements SnapshotterEvent {}

  /** Some of a sleep is over, perhaps not all of it. */
  record Woke(Instant now) implements SnapshotterEvent {}

  /** Somebody wants a round now. */
  record Requested(Instant now) implements SnapshotterEvent {}

  /** The filesystems of the round are known. */
  record FilesystemsListed(List<DatasetPath> filesystems, Instant now)
      implements SnapshotterEvent {}

  /** They could not be listed. */
  record ListingFailed(String error, Instant now) implements SnapshotterEvent {}

  /** The round is over. */
  record RoundFinished(Optional<String> error, Instant now) implements SnapshotterEvent {}

  /** Somebody wants the snapshotter to end. */
  record Cancelled(Instant now) implements SnapshotterEvent {}
}
