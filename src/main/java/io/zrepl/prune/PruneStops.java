package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What failures that reach beyond one filesystem keep from being tried for the rest of a run: a
 * thousand filesystems of a pool that is gone would fail one by one. For one thread.
 */
final class PruneStops {
  private final Map<DatasetPath, PruneFailure> pools = new HashMap<>();
  private @Nullable PruneFailure all;

  /**
   * Notes a failure.
   *
   * @return whether it is news: false if what it reaches was stopped before
   */
  boolean note(DatasetPath filesystem, PruneFailure failure) {
    boolean known = reasonFor(filesystem).isPresent();
    return switch (failure.reach()) {
      case FILESYSTEM -> true;
      case POOL -> !known && pools.put(filesystem.pool(), failure) == null;
      case EVERYTHING -> {
        boolean first = all == null;
        all = first ? failure : all;
        yield first && !known;
      }
    };
  }

  /** Why a filesystem is not to be tried. */
  Optional<PruneFailure> reasonFor(DatasetPath filesystem) {
    PruneFailure reason = all != null ? all : pools.get(filesystem.pool());
    return Optional.ofNullable(reason).map(PruneFailure::asReasonNotToTry);
  }
}
