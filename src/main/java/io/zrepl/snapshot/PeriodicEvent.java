package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What happened to a periodic snapshotter. */
sealed interface PeriodicEvent {

  /** The first round is due at that time, perhaps in the past. */
  record SyncPointFound(Instant at) implements PeriodicEvent {}

  /** It could not be found out when the first round is due. */
  record SyncPointFailed(String error) implements PeriodicEvent {}

  /** Some of a sleep is over, perhaps not all of it. */
  record Woke(Instant now) implements PeriodicEvent {}

  /** The filesystems of the round are known. */
  record FilesystemsListed(List<DatasetPath> filesystems) implements PeriodicEvent {}

  /** They could not be listed. */
  record ListingFailed(String error) implements PeriodicEvent {}

  /** The round is over. */
  record RoundFinished(Optional<String> error) implements PeriodicEvent {}

  /** Somebody wants the snapshotter to end. */
  record Cancelled() implements PeriodicEvent {}
}
