package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.StatefulMetric;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Ends counts and durations that are about a filesystem when nothing has been added to them for
 * long. Where filesystems come and go, as those of containers do, they would fill the memory.
 * Prometheus takes a series that comes back for a counter that was reset. Any thread.
 */
final class IdleSeries {
  static final Duration LIFETIME = Duration.ofDays(8);
  private static final Duration SWEEP = Duration.ofHours(1);

  private record Series(StatefulMetric<?, ?> metric, List<String> labels) {}

  private final LongSupplier nanoseconds;
  private final Map<Series, Long> touched = new ConcurrentHashMap<>();
  // guarded by this
  private long swept;

  /**
   * Of none yet.
   *
   * @param nanoseconds a clock like {@link System#nanoTime}
   */
  IdleSeries(LongSupplier nanoseconds) {
    this.nanoseconds = nanoseconds;
    this.swept = nanoseconds.getAsLong();
  }

  /** Something is added to a series now. */
  void touch(StatefulMetric<?, ?> metric, String... labels) {
    touched.put(new Series(metric, List.of(labels)), nanoseconds.getAsLong());
    sweep();
  }

  /** Ends those that were idle for too long; looks for them now and then only. */
  void sweep() {
    long now = nanoseconds.getAsLong();
    synchronized (this) {
      if (now - swept < SWEEP.toNanos()) {
        return;
      }
      swept = now;
    }
    touched.forEach((series, at) -> {
      if (now - at > LIFETIME.toNanos() && touched.remove(series, at)) {
        series.metric.remove(series.labels.toArray(String[]::new));
      }
    });
  }
}
