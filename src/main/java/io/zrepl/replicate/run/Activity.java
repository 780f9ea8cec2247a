package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import java.util.Optional;

/**
 * Something that is being done for the driver; at most one of equal value at a time. What is done
 * for a run as a whole has a number, so that the late end of one that was given up is not taken for
 * that of the next; of a filesystem nothing is begun any more in that case, see {@link
 * ReplicationDriver}.
 */
sealed interface Activity {

  /**
   * Listing a side.
   *
   * @param number of the request within the run
   */
  record Listing(Side side, int number) implements Activity {}

  /** Planning a filesystem. */
  record Planning(DatasetPath path) implements Activity {}

  /** Estimating the size of a step. */
  record Estimating(DatasetPath path, StepProgress step) implements Activity {}

  /** Executing the current step of a filesystem. */
  record Stepping(DatasetPath path) implements Activity {}

  /**
   * Trying to reach a side.
   *
   * @param number of the request within the run
   */
  record Probing(Side side, int number) implements Activity {}

  /** The filesystem that it is done for, if for one. */
  default Optional<DatasetPath> filesystem() {
    return switch (this) {
      case Listing _, Probing _ -> Optional.empty();
      case Planning(DatasetPath path) -> Optional.of(path);
      case Estimating(DatasetPath path, StepProgress _) -> Optional.of(path);
      case Stepping(DatasetPath path) -> Optional.of(path);
    };
  }

  /** The phase, for status, log and metrics: one of few words, whatever it is done for. */
  default String phase() {
    return switch (this) {
      case Listing(Side side, int _) -> "listing the " + side.text();
      case Planning _ -> "planning";
      case Estimating _ -> "size estimate";
      case Stepping _ -> "replication step";
      case Probing(Side side, int _) -> "reaching the " + side.text();
    };
  }

  /** The phase and what it is done for, to be read by people. */
  default String describe() {
    return switch (this) {
      case Listing _, Probing _ -> phase();
      case Planning(DatasetPath path) -> phase() + " of " + path;
      case Estimating(DatasetPath path, StepProgress step) ->
          "%s of %s of %s".formatted(phase(), step.step().describe(), path);
      case Stepping(DatasetPath path) -> phase() + " of " + path;
    };
  }

  /** The event that tells of its failure. */
  default ReplicationEvent failed(Failure failure) {
    return switch (this) {
      case Listing(Side side, int number) ->
          new ReplicationEvent.ListingFailed(side, number, failure);
      case Planning(DatasetPath path) -> new ReplicationEvent.PlanningFailed(path, failure);
      case Estimating(DatasetPath path, StepProgress step) ->
          new ReplicationEvent.EstimateFailed(path, step, failure);
      case Stepping(DatasetPath path) -> new ReplicationEvent.StepFailed(path, failure);
      case Probing(Side side, int number) -> new ReplicationEvent.Unreached(side, number, failure);
    };
  }

  /** Where it happens, as far as is known. */
  default Side side() {
    return switch (this) {
      case Listing(Side side, int _) -> side;
      case Probing(Side side, int _) -> side;
      case Planning _, Estimating _, Stepping _ -> Side.SENDER;
    };
  }
}
