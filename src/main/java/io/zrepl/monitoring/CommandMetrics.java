package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;

/** Counts the processes of ZFS. Any thread. */
public final class CommandMetrics {
  private static final double[] COMMAND_SECONDS = {
    0.01, 0.1, 0.2, 0.5, 0.75, 1, 2, 5, 10, 60,
  };
  private static final double NANOSECONDS = 1e9;

  /** Java learns nothing of the processor time of a child that has ended. */
  private static final double NOT_KNOWN = -1;

  private final IdleSeries idle;
  private final Counter started;
  private final Histogram runtime;
  private final Histogram systemTime;
  private final Histogram userTime;
  private final Histogram listVersions;
  private final Histogram bookmark;
  private final Histogram destroy;

  CommandMetrics(PrometheusRegistry registry, IdleSeries idle) {
    this.idle = idle;
    started =
        Counter.builder()
            .name("zrepl_zfs_commands_started_total")
            .help("Processes that were started")
            .labelNames("jobid", "zfsbinary", "zfsverb")
            .register(registry);
    runtime = ofCommands(registry, "zrepl_zfscmd_runtime", "Seconds from start to end");
    systemTime =
        ofCommands(
            registry, "zrepl_zfscmd_systemtime", "System CPU seconds; -1 since it is not known");
    userTime =
        ofCommands(registry, "zrepl_zfscmd_usertime", "User CPU seconds; -1 since it is not known");
    listVersions =
        Histogram.builder()
            .name("zrepl_zfs_list_filesystem_versions_duration")
            .help(
                "Seconds of a listing of snapshots and bookmarks; no filesystem: of several at once")
            .classicOnly()
            .labelNames("filesystem")
            .register(registry);
    bookmark =
        Histogram.builder()
            .name("zrepl_zfs_bookmark_duration")
            .help("Seconds of a zfs bookmark")
            .classicOnly()
            .labelNames("filesystem")
            .register(registry);
    destroy =
        Histogram.builder()
            .name("zrepl_zfs_destroy_duration")
            .help("Seconds of a zfs destroy")
            .classicOnly()
            .labelNames("dataset_type", "filesystem")
            .register(registry);
  }

  private static Histogram ofCommands(PrometheusRegistry registry, String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help + ", of a process of ZFS")
        .classicOnly()
        .classicUpperBounds(COMMAND_SECONDS)
        .labelNames("jobid", "zfsbinary", "zfsverb")
        .register(registry);
  }

  /**
   * A process was started.
   *
   * @param job on whose behalf; empty if for none
   * @param binary {@code zfs} or {@code zpool}
   * @param verb its first argument
   */
  public void started(String job, String binary, String verb) {
    started.labelValues(nameOf(job), binary, verb).inc();
  }

  /** A process has ended, or was given up. */
  public void finished(String job, String binary, String verb, Duration duration) {
    String name = nameOf(job);
    runtime.labelValues(name, binary, verb).observe(seconds(duration));
    systemTime.labelValues(name, binary, verb).observe(NOT_KNOWN);
    userTime.labelValues(name, binary, verb).observe(NOT_KNOWN);
  }

  /**
   * Snapshots and bookmarks were listed.
   *
   * @param filesystem whose; empty if of several
   */
  public void versionsListed(String filesystem, Duration duration) {
    idle.touch(listVersions, filesystem);
    listVersions.labelValues(filesystem).observe(seconds(duration));
  }

  /** A bookmark was made. */
  public void bookmarked(String filesystem, Duration duration) {
    idle.touch(bookmark, filesystem);
    bookmark.labelValues(filesystem).observe(seconds(duration));
  }

  /**
   * Something was destroyed.
   *
   * @param type {@code snapshot}, {@code bookmark} or {@code filesystem}
   */
  public void destroyed(String type, String filesystem, Duration duration) {
    idle.touch(destroy, type, filesystem);
    destroy.labelValues(type, filesystem).observe(seconds(duration));
  }

  private static String nameOf(String job) {
    return job.isEmpty() ? Metrics.NO_JOB : job;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / NANOSECONDS;
  }
}
