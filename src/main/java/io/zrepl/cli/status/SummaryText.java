package io.zrepl.cli.status;

import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;

/** One line for each job: state, name, type, and what matters. */
public final class SummaryText {
  private SummaryText() {}

  /**
   * The lines, by name.
   *
   * @param onlyJob the only job to tell of, or empty text
   */
  public static String of(DaemonStatus status, String onlyJob) {
    int longest = status.jobs().keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder text = new StringBuilder();
    status
        .jobs()
        .forEach((name, job) -> {
          if (!(job instanceof JobStatus.Internal) && (onlyJob.isEmpty() || onlyJob.equals(name))) {
            JobSummary summary = JobSummary.of(job);
            String line =
                "%-7s %s%s  %-6s  %s"
                    .formatted(
                        word(summary.verdict()),
                        name,
                        " ".repeat(longest - name.length()),
                        job.type(),
                        summary.text());
            text.append(harmless(line)).append('\n');
          }
        });
    return text.toString();
  }

  private static String word(JobSummary.Verdict verdict) {
    return switch (verdict) {
      case FAILED -> "FAILED";
      case RUNNING -> "RUNNING";
      case QUIET -> "ok";
    };
  }

  /** The text without what could steer the terminal or make further lines. */
  public static String harmless(String line) {
    StringBuilder safe = new StringBuilder(line.length());
    line.codePoints()
        .forEach(point -> {
          int type = Character.getType(point);
          safe.appendCodePoint(type == Character.CONTROL || type == Character.FORMAT ? '?' : point);
        });
    return safe.toString();
  }
}
