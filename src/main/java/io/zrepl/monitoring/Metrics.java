package io.zrepl.monitoring;

import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

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

  /** All at zero. */
  public Metrics() {}

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

  /** Writes all metrics in the text format of Prometheus; does not close the stream. */
  public void write(OutputStream target) throws IOException {
    PrometheusTextFormatWriter.create().write(target, registry.scrape());
  }
}
