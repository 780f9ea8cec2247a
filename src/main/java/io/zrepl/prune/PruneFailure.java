package io.zrepl.prune;

import io.zrepl.model.OperationException;
import java.util.Optional;

/**
 * Why pruning, or pruning one filesystem, failed.
 *
 * @param message a sentence for the administrator
 * @param advice what can be done about it
 * @param temporary whether trying again may help
 * @param reach what else would fail like it
 */
public record PruneFailure(
    String message, Optional<String> advice, boolean temporary, Reach reach) {

  /** What else would fail in the same way, so that it is not tried. */
  public enum Reach {
    /** Nothing else. */
    FILESYSTEM,
    /** Every filesystem of the same pool. */
    POOL,
    /** The rest of the run. */
    EVERYTHING
  }

  /** Message and advice in one text. */
  String describe() {
    return advice.map(text -> message + " (" + text + ")").orElse(message);
  }

  /**
   * A failure of the endpoint that is pruned.
   *
   * <p>All replicas of a receiver lie in one pool, whatever they are called on the sender.
   */
  static PruneFailure ofTarget(PruneSide side, OperationException failure) {
    PruneFailure here = of(failure);
    return side == PruneSide.RECEIVER && here.reach() == Reach.POOL
        ? new PruneFailure(here.message(), here.advice(), here.temporary(), Reach.EVERYTHING)
        : here;
  }

  /** A failure of an endpoint whose filesystems have the names and pools that the run knows. */
  static PruneFailure of(OperationException failure) {
    Reach reach =
        switch (failure.scope()) {
          case FILESYSTEM -> Reach.FILESYSTEM;
          case POOL -> Reach.POOL;
          case PEER, JOB -> Reach.EVERYTHING;
        };
    return new PruneFailure(failure.message(), failure.advice(), failure.temporary(), reach);
  }

  static PruneFailure of(String message) {
    return new PruneFailure(message, Optional.empty(), false, Reach.FILESYSTEM);
  }

  /** The same failure, as the reason why something else was not tried. */
  PruneFailure asReasonNotToTry() {
    return new PruneFailure("not tried, because " + message, advice, temporary, Reach.FILESYSTEM);
  }
}
