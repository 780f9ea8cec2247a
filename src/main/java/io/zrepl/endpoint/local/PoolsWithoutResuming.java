package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The pools that lack the feature {@code extensible_dataset}, without which no partial state can be
 * kept ({@code zpool-features(7)}). Found out by a receive that fails, since nearly all have it.
 * Forgotten after a while: an administrator may have enabled it. Any thread may call.
 */
final class PoolsWithoutResuming {
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private final LongSupplier nanoTime;
  // Guarded by this: when it was found out.
  private final Map<DatasetPath, Long> found = new HashMap<>();
  private final Set<DatasetPath> told = new HashSet<>();

  PoolsWithoutResuming(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether receives into this pool must not ask for partial state. */
  synchronized boolean contains(DatasetPath pool) {
    Long since = found.get(pool);
    if (since != null && nanoTime.getAsLong() - since > REMEMBERED.toNanos()) {
      found.remove(pool);
      return false;
    }
    return since != null;
  }

  /** Notes it; returns whether nobody was told of this pool before. */
  synchronized boolean add(DatasetPath pool) {
    found.put(pool, nanoTime.getAsLong());
    return told.add(pool);
  }
}
