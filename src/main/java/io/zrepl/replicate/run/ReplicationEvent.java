package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.plan.FilesystemPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What happened; reported to the driver. */
sealed interface ReplicationEvent {

  /** The run begins. */
  record Started() implements ReplicationEvent {}

  /**
   * The instant that the driver asked to be woken at has come.
   *
   * @param marks how far each thing that is being done has moved; one that is missing has not
   */
  record TimePassed(Map<Activity, Long> marks) implements ReplicationEvent {
    /** Copies the map. */
    public TimePassed {
      marks = Map.copyOf(marks);
    }
  }

  /** Somebody believes that what failed may succeed now. */
  record WokenUp() implements ReplicationEvent {}

  /** The run was cancelled, and no action is being performed any more. */
  record Cancelled() implements ReplicationEvent {}

  /** One side answered the {@link ReplicationAction.ListFilesystems} of that number. */
  record Listed(Side side, int number, List<FilesystemEntry> entries) implements ReplicationEvent {}

  /** One side failed to answer the {@link ReplicationAction.ListFilesystems} of that number. */
  record ListingFailed(Side side, int number, Failure failure) implements Failed {}

  /** A filesystem has a plan. */
  record Planned(DatasetPath filesystem, FilesystemPlan plan) implements ReplicationEvent {}

  /** A filesystem could not be planned. */
  record PlanningFailed(DatasetPath filesystem, Failure failure) implements Failed {}

  /**
   * The size of a step is known, or known to be unknown.
   *
   * @param bytes empty where ZFS gives no estimate
   */
  record Estimated(DatasetPath filesystem, StepProgress step, OptionalLong bytes)
      implements ReplicationEvent {}

  /** The size of a step could not be estimated. */
  record EstimateFailed(DatasetPath filesystem, StepProgress step, Failure failure)
      implements Failed {}

  /** The current step of a filesystem arrived, and the sender knows. */
  record StepCompleted(DatasetPath filesystem) implements ReplicationEvent {}

  /** The current step of a filesystem did not arrive. */
  record StepFailed(DatasetPath filesystem, Failure failure) implements Failed {}

  /** The current step of a filesystem arrived, but the sender could not be told. */
  record StepUnconfirmed(DatasetPath filesystem, Failure failure) implements Failed {}

  /** One side can be reached, says the {@link ReplicationAction.Probe} of that number. */
  record Reached(Side side, int number) implements ReplicationEvent {}

  /** One side cannot be reached, says the {@link ReplicationAction.Probe} of that number. */
  record Unreached(Side side, int number, Failure failure) implements Failed {}

  /** An event that tells of a failure. */
  sealed interface Failed extends ReplicationEvent {
    /** What failed. */
    Failure failure();

    /** The same, with another reason. */
    default ReplicationEvent because(Failure other) {
      return switch (this) {
        case ListingFailed event -> new ListingFailed(event.side(), event.number(), other);
        case PlanningFailed event -> new PlanningFailed(event.filesystem(), other);
        case EstimateFailed event -> new EstimateFailed(event.filesystem(), event.step(), other);
        case StepFailed event -> new StepFailed(event.filesystem(), other);
        case StepUnconfirmed event ->
            new StepUnconfirmed(event.filesystem(), StepExecutor.unconfirmed(other));
        case Unreached event -> new Unreached(event.side(), event.number(), other);
      };
    }
  }

  /** What this event is the end of. */
  default Optional<Activity> ends() {
    return switch (this) {
      case Started _, TimePassed _, WokenUp _, Cancelled _ -> Optional.empty();
      case Listed event -> Optional.of(new Activity.Listing(event.side(), event.number()));
      case ListingFailed event -> Optional.of(new Activity.Listing(event.side(), event.number()));
      case Planned event -> Optional.of(new Activity.Planning(event.filesystem()));
      case PlanningFailed event -> Optional.of(new Activity.Planning(event.filesystem()));
      case Estimated event ->
          Optional.of(new Activity.Estimating(event.filesystem(), event.step()));
      case EstimateFailed event ->
          Optional.of(new Activity.Estimating(event.filesystem(), event.step()));
      case StepCompleted event -> Optional.of(new Activity.Stepping(event.filesystem()));
      case StepFailed event -> Optional.of(new Activity.Stepping(event.filesystem()));
      case StepUnconfirmed event -> Optional.of(new Activity.Stepping(event.filesystem()));
      case Reached event -> Optional.of(new Activity.Probing(event.side(), event.number()));
      case Unreached event -> Optional.of(new Activity.Probing(event.side(), event.number()));
    };
  }
}
