package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Counts replication and pruning. Any thread. */
public final class ReplicationMetrics {
  private static final double NANOSECONDS = 1e9;
  private static final double MILLISECONDS = 1e3;

  private final Counter bytes;
  private final Gauge errors;
  private final Gauge lastSuccessful;
  private final Histogram stateTime;
  private final Histogram pruningTime;
  private final Gauge newest;
  // by job; guarded by this
  private final Map<String, Set<String>> replicated = new HashMap<>();
  private final Map<String, Set<String>> replicas = new HashMap<>();

  ReplicationMetrics(PrometheusRegistry registry) {
    bytes =
        Counter.builder()
            .name("zrepl_replication_bytes_replicated")
            .help("Bytes of steps that have ended, well or not")
            .labelNames("zrepl_job", "filesystem")
            .register(registry);
    errors =
        Gauge.builder()
            .name("zrepl_replication_filesystem_errors")
            .help(
                "Filesystems that failed in the last attempt of the last run; -1: none was planned")
            .labelNames("zrepl_job")
            .register(registry);
    lastSuccessful =
        Gauge.builder()
            .name("zrepl_replication_last_successful")
            .help("When a run last replicated everything, as seconds since 1970; 0 if never")
            .labelNames("zrepl_job")
            .register(registry);
    stateTime =
        Histogram.builder()
            .name("zrepl_replication_state_time")
            .help("Seconds that an attempt took, by the state in which it ended")
            .classicOnly()
            .labelNames("zrepl_job", "state")
            .register(registry);
    pruningTime =
        Histogram.builder()
            .name("zrepl_pruning_time")
            .help("Seconds that pruning a side took")
            .classicOnly()
            .labelNames("zrepl_job", "prune_side")
            .register(registry);
    newest =
        Gauge.builder()
            .name("zrepl_replication_newest_snapshot_timestamp_seconds")
            .help("When the newest snapshot of a filesystem on the receiver was taken")
            .labelNames("zrepl_job", "filesystem")
            .register(registry);
  }

  /** There is a job that replicates; its series exist from now on. */
  public void begin(String job) {
    errors.labelValues(job);
    lastSuccessful.labelValues(job);
  }

  /** A job is gone: nothing is told of it any more, but for what it has counted. */
  public synchronized void end(String job) {
    errors.remove(job);
    lastSuccessful.remove(job);
    newestSnapshots(job, Map.of());
  }

  /** A step ended, well or not. */
  public void replicated(String job, String filesystem, long count) {
    bytes.labelValues(job, filesystem).inc(count);
  }

  /** An attempt of a run ended. */
  public void attemptEnded(String job, String state, Duration duration) {
    stateTime.labelValues(job, state).observe(duration.toNanos() / NANOSECONDS);
  }

  /**
   * A run ended.
   *
   * @param filesystems those of the last attempt
   * @param failed how many of them failed; -1 if none was planned
   * @param successful whether everything was replicated
   */
  public synchronized void runEnded(
      String job, Set<String> filesystems, int failed, boolean successful, Instant at) {
    errors.labelValues(job).set(failed);
    if (successful) {
      lastSuccessful.labelValues(job).set(at.toEpochMilli() / MILLISECONDS);
    }
    if (failed >= 0) {
      filesystems.forEach(filesystem -> bytes.labelValues(job, filesystem));
      forget(replicated.put(job, Set.copyOf(filesystems)), filesystems)
          .forEach(filesystem -> bytes.remove(job, filesystem));
    }
  }

  /** It has become known how new the filesystems of the receiver are. */
  public synchronized void newestSnapshots(String job, Map<String, Instant> byFilesystem) {
    byFilesystem.forEach((filesystem, at) ->
        newest.labelValues(job, filesystem).set(at.toEpochMilli() / MILLISECONDS));
    forget(replicas.put(job, Set.copyOf(byFilesystem.keySet())), byFilesystem.keySet())
        .forEach(filesystem -> newest.remove(job, filesystem));
  }

  /** A side was pruned, well or not. */
  public void pruned(String job, String side, Duration duration) {
    pruningTime.labelValues(job, side).observe(duration.toNanos() / NANOSECONDS);
  }

  private static Set<String> forget(
      @org.jspecify.annotations.Nullable Set<String> before, Set<String> now) {
    if (before == null) {
      return Set.of();
    }
    Set<String> gone = new HashSet<>(before);
    gone.removeAll(now);
    return gone;
  }
}
