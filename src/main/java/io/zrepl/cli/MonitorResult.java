package io.zrepl.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What {@code zrepl monitor} found, in the form that Nagios, Icinga and their like understand.
 *
 * @param findings in order
 * @param measures likewise
 * @param subject what was looked at, for the case that all is well
 */
record MonitorResult(List<Finding> findings, List<Measure> measures, String subject) {
  /** Copies the lists. */
  MonitorResult {
    findings = List.copyOf(findings);
    measures = List.copyOf(measures);
  }

  /** How bad something is, with its exit status. */
  enum Severity {
    /** All is well. */
    OK(0),
    /** It could not be found out. */
    UNKNOWN(3),
    /** Somebody should look. */
    WARNING(1),
    /** Somebody must act. */
    CRITICAL(2);

    private final int status;

    Severity(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * Something that was found.
   *
   * @param text one line
   */
  record Finding(Severity severity, String text) {}

  /**
   * A value for graphs.
   *
   * @param label what it is
   * @param value with its unit
   * @param warning from which value on it is worth a warning; empty text for none
   * @param critical from which value on it is critical; empty text for none
   */
  record Measure(String label, String value, String warning, String critical) {
    String text() {
      return "'%s'=%s;%s;%s;0".formatted(label.replace("'", ""), value, warning, critical);
    }
  }

  /** One that only says that nothing could be found out, or that all is lost. */
  static MonitorResult of(Severity severity, String text) {
    return new MonitorResult(List.of(new Finding(severity, text)), List.of(), "");
  }

  /** The worst of all. */
  Severity severity() {
    return findings.stream()
        .map(Finding::severity)
        .max(Comparator.naturalOrder())
        .orElse(Severity.OK);
  }

  /** The first line says it all, with the measures after a bar; the others are details. */
  String text() {
    Severity worst = severity();
    List<Finding> bad =
        findings.stream()
            .filter(finding -> finding.severity() != Severity.OK)
            .sorted(Comparator.comparing(Finding::severity).reversed())
            .toList();
    Optional<Finding> first = bad.stream().findFirst();
    StringBuilder text = new StringBuilder("ZREPL ").append(worst).append(" - ");
    text.append(clean(first.map(Finding::text).orElse(subject)));
    if (bad.size() > 1) {
      text.append(" (and %d more)".formatted(bad.size() - 1));
    }
    if (!measures.isEmpty()) {
      text.append(" |");
      measures.forEach(measure -> text.append(' ').append(measure.text()));
    }
    List<Finding> details = new ArrayList<>(bad);
    findings.stream().filter(finding -> !bad.contains(finding)).forEach(details::add);
    details.forEach(finding ->
        text.append('\n').append(finding.severity()).append(": ").append(clean(finding.text())));
    return text.toString();
  }

  /** A bar would begin the measures, a new line another finding. */
  private static String clean(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ").replace('|', '/');
  }
}
