package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;

/** Counts what is done for clients, and how data connections are closed. Any thread. */
public final class ConnectionMetrics {
  private static final double NANOSECONDS = 1e9;

  private final Summary drained;
  private final Summary seconds;
  private final Summary drainSeconds;
  private final Counter hardCloses;
  private final Counter closeErrors;
  private final Counter servedRequests;
  private final Counter servedBytes;

  ConnectionMetrics(PrometheusRegistry registry) {
    drained =
        Summary.builder()
            .name("zrepl_frameconn_shutdown_drain_bytes_read")
            .help("Bytes that were read to the end of a data connection while closing it")
            .register(registry);
    seconds =
        Summary.builder()
            .name("zrepl_frameconn_shutdown_seconds")
            .help("Seconds that closing a data connection took")
            .register(registry);
    drainSeconds =
        Summary.builder()
            .name("zrepl_frameconn_shutdown_drain_seconds")
            .help("Seconds of that in which the other direction was read to its end")
            .register(registry);
    hardCloses =
        Counter.builder()
            .name("zrepl_frameconn_shutdown_hard_closes")
            .help("Data connections that could not be closed in order, by the step that failed")
            .labelNames("step")
            .register(registry);
    closeErrors =
        Counter.builder()
            .name("zrepl_frameconn_shutdown_close_errors")
            .help("Sockets of data connections that could not be closed")
            .labelNames("step")
            .register(registry);
    servedRequests =
        Counter.builder()
            .name("zrepl_served_requests_total")
            .help("Data requests of clients that a sink or source has served, well or not")
            .labelNames("zrepl_job")
            .register(registry);
    servedBytes =
        Counter.builder()
            .name("zrepl_served_bytes_total")
            .help("Bytes of streams of these requests: received by a sink, sent by a source")
            .labelNames("zrepl_job")
            .register(registry);
    hardCloses.labelValues("write_frame");
    closeErrors.labelValues("close");
  }

  /**
   * A connection was closed.
   *
   * @param bytes that were drained
   * @param draining how long that took
   * @param whole how long all of it took
   */
  public void closed(long bytes, Duration draining, Duration whole) {
    drained.observe((double) bytes);
    drainSeconds.observe(draining.toNanos() / NANOSECONDS);
    seconds.observe(whole.toNanos() / NANOSECONDS);
  }

  /**
   * A data request of a client ended, well or not.
   *
   * @param bytes how much of its stream went through
   */
  public void served(String job, long bytes) {
    servedRequests.labelValues(job).inc();
    servedBytes.labelValues(job).inc(bytes);
  }

  /** The end could not be told to the other side. */
  public void hardClosed() {
    hardCloses.labelValues("write_frame").inc();
  }
}
