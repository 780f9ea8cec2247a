package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.UnitDuration;
import io.zrepl.cli.JobMonitor.Limits;
import io.zrepl.cli.JobMonitor.Threshold;
import io.zrepl.cli.MonitorResult.Finding;
import io.zrepl.cli.MonitorResult.Measure;
import io.zrepl.cli.MonitorResult.Severity;
import io.zrepl.control.ControlException;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl monitor}: a check for Nagios, Icinga and their like. Its exit status is 0 if all is
 * well, 1 for a warning, 2 if something is critical, 3 if it could not be found out.
 */
final class MonitorCommand implements Verb {
  private final Services services;

  MonitorCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "monitor", "Checks daemon and jobs for Nagios, Icinga and their like.")
            .addOption(
                Model.text(
                        "DURATION",
                        "Warn if the newest snapshot on the receiver is that old, of any"
                            + " filesystem of a push or pull job.",
                        "--lag-warning")
                    .build())
            .addOption(
                Model.text("DURATION", "Critical from that age on.", "--lag-critical").build())
            .addOption(
                Model.text(
                        "DURATION",
                        "Warn if the newest snapshot of any filesystem of a push, source or snap"
                            + " job is that old.",
                        "--snapshot-warning")
                    .build())
            .addOption(
                Model.text("DURATION", "Critical from that age on.", "--snapshot-critical").build())
            .addOption(
                Model.text(
                        "SEVERITY",
                        "How bad it is if the last run of a job failed: critical (without this"
                            + " option), warning or ok.",
                        "--failure")
                    .build())
            .addPositional(Model.words("JOB", "Only these jobs.").build());
    spec.usageMessage()
        .footer(
            "",
            "Exit status: 0 ok, 1 warning, 2 critical (also if the daemon does not answer),",
            "3 unknown. The first line of the output is the summary, with performance data: of each",
            "job the age of the filesystem that is furthest behind, in seconds.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws InterruptedException {
    MonitorResult result;
    try {
      result = check(arguments);
    } catch (CommandException e) {
      result = MonitorResult.of(Severity.UNKNOWN, String.valueOf(e.getMessage()));
    }
    services.console().out().println(result.text());
    return result.severity().status();
  }

  @Override
  public int failureStatus() {
    return Severity.UNKNOWN.status();
  }

  private MonitorResult check(Arguments arguments) throws CommandException, InterruptedException {
    Limits limits =
        new Limits(
            failure(arguments.text("--failure", "critical")),
            threshold(arguments, "--lag"),
            threshold(arguments, "--snapshot"));
    DaemonStatus status;
    try {
      status = services.controlClient(arguments).status();
    } catch (ControlException e) {
      return MonitorResult.of(Severity.CRITICAL, "the daemon does not answer: " + e.getMessage());
    }
    return judge(jobs(status, arguments.words()), limits, services.console().clock().instant());
  }

  private static MonitorResult judge(Map<String, JobStatus> jobs, Limits limits, Instant now) {
    List<Finding> findings = new ArrayList<>();
    List<Measure> measures = new ArrayList<>();
    jobs.forEach((name, job) -> {
      JobMonitor.Judgement judgement = JobMonitor.judge(name, job, limits, now);
      findings.addAll(judgement.findings());
      measures.addAll(judgement.measures());
    });
    return new MonitorResult(
        findings, measures, jobs.size() == 1 ? "1 job" : jobs.size() + " jobs");
  }

  private static Map<String, JobStatus> jobs(DaemonStatus status, List<String> wanted)
      throws CommandException {
    Map<String, JobStatus> all = new TreeMap<>(status.jobs());
    all.values().removeIf(JobStatus.Internal.class::isInstance);
    for (String name : wanted) {
      if (!all.containsKey(name)) {
        throw new CommandException(
            "job \"%s\" does not exist in the daemon; it has: %s"
                .formatted(name, String.join(", ", all.keySet())));
      }
    }
    if (!wanted.isEmpty()) {
      all.keySet().retainAll(wanted);
    }
    if (all.isEmpty()) {
      throw new CommandException("the daemon has no jobs");
    }
    return all;
  }

  private static Severity failure(String text) throws CommandException {
    return switch (text) {
      case "critical" -> Severity.CRITICAL;
      case "warning" -> Severity.WARNING;
      case "ok" -> Severity.OK;
      default ->
          throw new CommandException(
              "invalid --failure \"%s\": use critical, warning or ok".formatted(text));
    };
  }

  private static Threshold threshold(Arguments arguments, String option) throws CommandException {
    Optional<Duration> warning = duration(arguments, option + "-warning");
    Optional<Duration> critical = duration(arguments, option + "-critical");
    if (warning.isPresent()
        && critical.isPresent()
        && critical.get().compareTo(warning.get()) < 0) {
      throw new CommandException(
          "%s-critical must not be shorter than %s-warning".formatted(option, option));
    }
    return new Threshold(warning, critical);
  }

  private static Optional<Duration> duration(Arguments arguments, String option)
      throws CommandException {
    String text = arguments.text(option, "");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      Duration duration = UnitDuration.parse(text);
      if (duration.isNegative() || duration.isZero()) {
        throw new CommandException("%s must be positive".formatted(option));
      }
      return Optional.of(duration);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid %s: %s".formatted(option, e.getMessage()), e);
    }
  }
}
