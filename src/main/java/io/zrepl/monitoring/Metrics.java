package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The metrics of the daemon. Any thread may count and read. */
public final class Metrics {
  /** The media type of {@link #write}. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private static final double NANOSECONDS = 1e9;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Summary stalls =
      Summary.builder()
          .name("zrepl_stall_seconds")
          .help(
              "How often something made no progress and was cancelled, and for how long it had made none")
          .labelNames("zrepl_job", "phase", "filesystem")
          .register(registry);

  private final Histogram snapshotDurations =
      Histogram.builder()
          .name("zrepl_zfs_snapshot_duration")
          .help("Seconds that a zfs snapshot took; it may have taken those of others, too")
          .classicOnly()
          .labelNames("filesystem")
          .register(registry);
  private final Gauge lastSnapshots =
      Gauge.builder()
          .name("zrepl_snapshot_last_successful")
          .help("When a filesystem got its newest snapshot, as seconds since 1970")
          .labelNames("zrepl_job", "filesystem")
          .register(registry);
  private final Gauge failedSnapshots =
      Gauge.builder()
          .name("zrepl_snapshot_failed")
          .help("Whether the last snapshot of a filesystem, or a hook around it, failed: 0 or 1")
          .labelNames("zrepl_job", "filesystem")
          .register(registry);
  private final Gauge nextSnapshots =
      Gauge.builder()
          .name("zrepl_snapshot_next_due")
          .help("When the next snapshots are due, as seconds since 1970; 0 if only on request")
          .labelNames("zrepl_job")
          .register(registry);
  private final Counter missedSnapshots =
      Counter.builder()
          .name("zrepl_snapshot_rounds_missed")
          .help("Times by the calendar that came while another round ran")
          .labelNames("zrepl_job")
          .register(registry);
  private final Summary hooks =
      Summary.builder()
          .name("zrepl_hook_seconds")
          .help("How often a hook ended in which way, and how long it took")
          .labelNames("zrepl_job", "filesystem", "hook", "type", "edge", "status")
          .register(registry);

  private final Counter logEntries =
      Counter.builder()
          .name("zrepl_daemon_log_entries")
          .help("Log lines of every level, whether or not an outlet wants them")
          .labelNames("zrepl_job", "level")
          .register(registry);
  private final Counter droppedLines =
      Counter.builder()
          .name("zrepl_log_lines_dropped")
          .help("Log lines that an outlet could not take")
          .labelNames("outlet")
          .register(registry);

  /** All at zero. */
  public Metrics() {}

  /**
   * A filesystem has a new snapshot.
   *
   * @param at when
   * @param duration of the command that took it
   */
  public void snapshotTaken(String job, String filesystem, Instant at, Duration duration) {
    snapshotDurations.labelValues(filesystem).observe(duration.toNanos() / NANOSECONDS);
    lastSnapshots.labelValues(job, filesystem).set(at.toEpochMilli() / 1000.0);
    failedSnapshots.labelValues(job, filesystem).set(0);
  }

  /** A filesystem has no snapshot of a round, or a hook around it failed. */
  public void snapshotFailed(String job, String filesystem) {
    failedSnapshots.labelValues(job, filesystem).set(1);
  }

  /** Nothing is to be told any more about snapshots of a filesystem by a job. */
  public void forgetSnapshots(String job, String filesystem) {
    lastSnapshots.remove(job, filesystem);
    failedSnapshots.remove(job, filesystem);
  }

  /** When the next snapshots are due; empty if only on request. */
  public void snapshotsDue(String job, Optional<Instant> due) {
    nextSnapshots.labelValues(job).set(due.map(Instant::getEpochSecond).orElse(0L));
  }

  /** Times by the calendar were left out. */
  public void snapshotsMissed(String job, int count) {
    missedSnapshots.labelValues(job).inc(count);
  }

  /**
   * A hook ended.
   *
   * @param hook number of the hook, from 1 on
   * @param type as in the configuration
   * @param edge {@code pre_snapshot} or {@code post_snapshot}
   * @param status as in the status of the job
   */
  public void hookEnded(
      String job,
      String filesystem,
      int hook,
      String type,
      String edge,
      String status,
      Duration duration) {
    hooks
        .labelValues(job, filesystem, Integer.toString(hook), type, edge, status)
        .observe(duration.toNanos() / NANOSECONDS);
  }

  /**
   * Something made no progress and was cancelled.
   *
   * @param job on whose behalf; empty if not known
   * @param phase what was being done, one of few words
   * @param filesystem which; empty if it concerned all
   * @param quiet how long nothing had moved
   */
  public void stalled(String job, String phase, String filesystem, Duration quiet) {
    stalls.labelValues(job, phase, filesystem).observe(quiet.toNanos() / NANOSECONDS);
  }

  /**
   * There was a log line.
   *
   * @param job empty for the daemon itself
   * @param level in lower case
   */
  public void logged(String job, String level) {
    logEntries.labelValues(job.isEmpty() ? "_nojobid" : job, level).inc();
  }

  /** An outlet dropped a line. */
  public void logLineDropped(String outlet) {
    droppedLines.labelValues(outlet).inc();
  }

  /** Writes all metrics in the text format of Prometheus; does not close the stream. */
  public void write(OutputStream target) throws IOException {
    PrometheusTextFormatWriter.create().write(target, registry.scrape());
  }
}
