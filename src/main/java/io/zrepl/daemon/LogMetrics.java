package io.zrepl.daemon;

import io.zrepl.logging.LogLevel;
import io.zrepl.logging.LogObserver;
import io.zrepl.monitoring.Metrics;
import java.util.Locale;

/** Counts log lines. */
final class LogMetrics implements LogObserver {
  private final Metrics metrics;

  LogMetrics(Metrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void logged(String job, LogLevel level) {
    metrics.logged(job, level.name().toLowerCase(Locale.ROOT));
  }

  @Override
  public void dropped(String outlet) {
    metrics.logLineDropped(outlet);
  }
}
