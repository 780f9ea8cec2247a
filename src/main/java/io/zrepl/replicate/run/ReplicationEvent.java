package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.plan.FilesystemPlan;
import java.util.List;
import java.util.OptionalLong;

/** What happened; reported to the driver. */
sealed interface ReplicationEvent {

  /** The run begins. */
  record Started() implements ReplicationEvent {}

  /** The instant that the driver asked to be woken at has come. */
  record TimePassed() implements ReplicationEvent {}

  /** The run was cancelled, and no action is being performed any more. */
  record Cancelled() implements ReplicationEvent {}

  /** One side answered {@link ReplicationAction.ListFilesystems}. */
  record Listed(Side side, List<FilesystemEntry> entries) implements ReplicationEvent {}

  /** One side failed to answer {@link ReplicationAction.ListFilesystems}. */
  record ListingFailed(Side side, Failure failure) implements ReplicationEvent {}

  /**
   * A filesystem has a plan.
   *
   * @param estimates one per step, in the same order
   */
  record Planned(DatasetPath filesystem, FilesystemPlan plan, List<OptionalLong> estimates)
      implements ReplicationEvent {}

  /** A filesystem could not be planned. */
  record PlanningFailed(DatasetPath filesystem, Failure failure) implements ReplicationEvent {}

  /** The current step of a filesystem arrived, and the sender knows. */
  record StepCompleted(DatasetPath filesystem) implements ReplicationEvent {}

  /** The current step of a filesystem did not arrive. */
  record StepFailed(DatasetPath filesystem, Failure failure) implements ReplicationEvent {}

  /** The current step of a filesystem arrived, but the sender could not be told. */
  record StepUnconfirmed(DatasetPath filesystem, Failure failure) implements ReplicationEvent {}
}
