package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.plan.PlanLimit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the driver wants done; each is answered by the events named. */
sealed interface ReplicationAction {

  /**
   * List the filesystems of both sides, at the same time. Answered for each side by {@link
   * ReplicationEvent.Listed} or {@link ReplicationEvent.ListingFailed}.
   *
   * @param number another one for each request of a run
   */
  record ListFilesystems(int number) implements ReplicationAction {}

  /**
   * Plan a filesystem. Answered by {@link ReplicationEvent.Planned} or {@link
   * ReplicationEvent.PlanningFailed}.
   *
   * @param sender the sender's filesystem
   * @param receiver the receiver's filesystem of that path, if it exists
   * @param unusableToken why the receiver's resume token must not be used, if so
   * @param limit how far an earlier plan of this run went, if there was one
   */
  record PlanFilesystem(
      FilesystemEntry sender,
      Optional<FilesystemEntry> receiver,
      Optional<String> unusableToken,
      Optional<PlanLimit> limit)
      implements ReplicationAction {
    DatasetPath filesystem() {
      return sender.path();
    }
  }

  /**
   * Estimate the size of a step. Answered by {@link ReplicationEvent.Estimated} or {@link
   * ReplicationEvent.EstimateFailed}.
   */
  record EstimateStep(DatasetPath filesystem, StepProgress progress) implements ReplicationAction {}

  /**
   * Execute a step, or only confirm it. Answered by {@link ReplicationEvent.StepCompleted}, {@link
   * ReplicationEvent.StepFailed} or {@link ReplicationEvent.StepUnconfirmed}.
   */
  record ExecuteStep(DatasetPath filesystem, StepProgress progress) implements ReplicationAction {}

  /**
   * Try to reach both sides, at the same time. Answered for each side by {@link
   * ReplicationEvent.Reached} or {@link ReplicationEvent.Unreached}.
   *
   * @param number another one for each request of a run
   */
  record Probe(int number) implements ReplicationAction {}

  /**
   * End something that is being done; it then answers at once, by a failure or, if it was just
   * finished, as usual.
   *
   * @param stalledFor how long it made no progress, if that is why
   */
  record Cancel(Activity activity, Optional<Duration> stalledFor) implements ReplicationAction {}

  /** What is being done from now on until it is answered. */
  default List<Activity> activities() {
    return switch (this) {
      case ListFilesystems(int number) ->
          List.of(
              new Activity.Listing(Side.SENDER, number),
              new Activity.Listing(Side.RECEIVER, number));
      case PlanFilesystem plan -> List.of(new Activity.Planning(plan.filesystem()));
      case EstimateStep(DatasetPath path, StepProgress step) ->
          List.of(new Activity.Estimating(path, step));
      case ExecuteStep(DatasetPath path, StepProgress _) -> List.of(new Activity.Stepping(path));
      case Probe(int number) ->
          List.of(
              new Activity.Probing(Side.SENDER, number),
              new Activity.Probing(Side.RECEIVER, number));
      case Cancel _ -> List.of();
    };
  }
}
