package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.zrepl.base.TaskGroup;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The metrics of the daemon. Any thread may count and read. */
public final class Metrics {
  /** The media type of {@link #write}. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  /** As Go zrepl calls what belongs to no job. */
  static final String NO_JOB = "_nojobid";

  private static final double NANOSECONDS = 1e9;

  /** Names of Go zrepl, which do not end in {@code _total}. */
  private static final Set<String> PLAIN_COUNTERS =
      Set.of(
          "zrepl_daemon_log_entries",
          "zrepl_control_request_begin",
          "zrepl_replication_bytes_replicated",
          "zrepl_frameconn_shutdown_hard_closes",
          "zrepl_frameconn_shutdown_close_errors");

  private static final double[] REQUEST_SECONDS = {
    1e-6, 1e-5, 1e-4, 5e-4, 1e-3, 0.01, 0.1, 0.2, 0.4, 0.8, 1, 10, 20,
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final IdleSeries idle;
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

  private final Gauge startTime =
      Gauge.builder()
          .name("zrepl_start_time")
          .help("When the daemon started, as seconds since 1970")
          .labelNames("raw", "version_info")
          .register(registry);
  private final Counter requestsBegun =
      Counter.builder()
          .name("zrepl_control_request_begin")
          .help("Requests to the control socket; not those for the status")
          .labelNames("endpoint")
          .register(registry);
  private final Histogram requests =
      Histogram.builder()
          .name("zrepl_control_request_finished")
          .help("Seconds that requests to the control socket took")
          .classicOnly()
          .classicUpperBounds(REQUEST_SECONDS)
          .labelNames("endpoint")
          .register(registry);
  private final Gauge unmatched =
      Gauge.builder()
          .name("zrepl_zfs_list_unmatched_user_specified_dataset_count")
          .help("Datasets that filters name and that did not exist, counted at each listing")
          .labelNames("jobid")
          .register(registry);
  // by job: of which filesystems there are series
  private final Map<String, Set<String>> snapshotted = new ConcurrentHashMap<>();
  private final CommandMetrics commands;
  private final ReplicationMetrics replication = new ReplicationMetrics(registry);
  private final ConnectionMetrics connections = new ConnectionMetrics(registry);

  /** All at zero. */
  public Metrics() {
    this(System::nanoTime);
  }

  /**
   * All at zero.
   *
   * @param nanoseconds a clock like {@link System#nanoTime}
   */
  Metrics(LongSupplier nanoseconds) {
    idle = new IdleSeries(nanoseconds);
    commands = new CommandMetrics(registry, idle);
    Gauge.builder()
        .name("zrepl_endpoint_abstractions_cache_entry_count")
        .help("Holds and bookmarks in a cache: none, since there is no such cache")
        .register(registry)
        .set(0);
    GaugeWithCallback.builder()
        .name("zrepl_trace_active_tasks")
        .help("Tasks of the program that run")
        .callback(callback -> callback.call((double) TaskGroup.allRunning()))
        .register(registry);
    ProcessMetrics.register(registry);
  }

  /** Those of processes. */
  public CommandMetrics commands() {
    return commands;
  }

  /** Those of replication and pruning. */
  public ReplicationMetrics replication() {
    return replication;
  }

  /** Those of data connections. */
  public ConnectionMetrics connections() {
    return connections;
  }

  /**
   * The daemon starts.
   *
   * @param version short
   * @param description the same with all that {@code zrepl version} tells
   */
  public void started(String version, String description, Instant at) {
    startTime.labelValues(version, description).set((double) at.getEpochSecond());
  }

  /**
   * A request to the control socket begins.
   *
   * @param endpoint its path, one of few
   */
  public void requestBegan(String endpoint) {
    requestsBegun.labelValues(endpoint).inc();
  }

  /** A request to the control socket has ended. */
  public void requestEnded(String endpoint, Duration duration) {
    requests.labelValues(endpoint).observe(duration.toNanos() / NANOSECONDS);
  }

  /** A filter named datasets that do not exist. */
  public void unmatched(String job, int count) {
    unmatched.labelValues(job).inc(count);
  }

  /**
   * A filesystem has a new snapshot.
   *
   * @param at when
   * @param duration of the command that took it
   */
  public void snapshotTaken(String job, String filesystem, Instant at, Duration duration) {
    noteSnapshotted(job, filesystem);
    idle.touch(snapshotDurations, filesystem);
    snapshotDurations.labelValues(filesystem).observe(duration.toNanos() / NANOSECONDS);
    lastSnapshots.labelValues(job, filesystem).set(at.toEpochMilli() / 1000.0);
    failedSnapshots.labelValues(job, filesystem).set(0);
  }

  /** A filesystem has no snapshot of a round, or a hook around it failed. */
  public void snapshotFailed(String job, String filesystem) {
    noteSnapshotted(job, filesystem);
    failedSnapshots.labelValues(job, filesystem).set(1);
  }

  /** A job is gone: nothing is told of it any more that could look like trouble. */
  public void forgetJob(String job) {
    replication.end(job);
    nextSnapshots.remove(job);
    Set<String> filesystems = snapshotted.remove(job);
    if (filesystems != null) {
      Set.copyOf(filesystems).forEach(filesystem -> forgetSnapshots(job, filesystem));
    }
  }

  private void noteSnapshotted(String job, String filesystem) {
    boolean _ =
        snapshotted.computeIfAbsent(job, _ -> ConcurrentHashMap.newKeySet()).add(filesystem);
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
    String[] labels = {job, filesystem, Integer.toString(hook), type, edge, status};
    idle.touch(hooks, labels);
    hooks.labelValues(labels).observe(duration.toNanos() / NANOSECONDS);
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
    idle.touch(stalls, job, phase, filesystem);
    stalls.labelValues(job, phase, filesystem).observe(quiet.toNanos() / NANOSECONDS);
  }

  /**
   * There was a log line.
   *
   * @param job empty for the daemon itself
   * @param level in lower case
   */
  public void logged(String job, String level) {
    logEntries.labelValues(job.isEmpty() ? NO_JOB : job, level).inc();
  }

  /** An outlet dropped a line. */
  public void logLineDropped(String outlet) {
    droppedLines.labelValues(outlet).inc();
  }

  /** Writes all metrics in the text format of Prometheus; does not close the stream. */
  public void write(OutputStream target) throws IOException {
    idle.sweep();
    TextExposition.write(target, registry.scrape(), PLAIN_COUNTERS);
  }
}
