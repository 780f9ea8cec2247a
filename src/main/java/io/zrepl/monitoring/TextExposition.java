package io.zrepl.monitoring;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The text format of Prometheus. Go zrepl's counters do not end in {@code _total}, which the
 * library insists on: they are written here.
 */
final class TextExposition {
  private TextExposition() {}

  /**
   * Writes all metrics.
   *
   * @param plainCounters names of the counters without suffix
   */
  static void write(OutputStream target, MetricSnapshots all, Set<String> plainCounters)
      throws IOException {
    List<MetricSnapshot> others = new ArrayList<>();
    for (MetricSnapshot each : all) {
      if (each instanceof CounterSnapshot counter
          && plainCounters.contains(counter.getMetadata().getName())) {
        target.write(text(counter).getBytes(StandardCharsets.UTF_8));
      } else {
        others.add(each);
      }
    }
    PrometheusTextFormatWriter.create()
        .write(target, new MetricSnapshots(others), EscapingScheme.UNDERSCORE_ESCAPING);
  }

  private static String text(CounterSnapshot counter) {
    if (counter.getDataPoints().isEmpty()) {
      return "";
    }
    String name = counter.getMetadata().getName();
    StringBuilder text = new StringBuilder();
    text.append("# HELP ").append(name).append(' ').append(counter.getMetadata().getHelp());
    text.append("\n# TYPE ").append(name).append(" counter\n");
    for (CounterSnapshot.CounterDataPointSnapshot point : counter.getDataPoints()) {
      text.append(name);
      String separator = "{";
      for (Label label : point.getLabels()) {
        text.append(separator).append(label.getName()).append("=\"");
        text.append(escaped(label.getValue())).append('"');
        separator = ",";
      }
      text.append(separator.equals(",") ? "} " : " ").append(point.getValue()).append('\n');
    }
    return text.toString();
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
