package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.UnitDuration;
import io.zrepl.cli.status.StatusSession;
import io.zrepl.cli.status.SummaryText;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.StatusText;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl status}. */
final class StatusCommand implements Verb {
  private final Services services;

  StatusCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(this, "status", "Shows what the daemon does.")
        .addOption(
            Model.text(
                    "MODE",
                    "interactive: full-screen (the default). dump: text, once. summary: one line for"
                        + " each job, once. raw: the daemon's JSON. legacy: the text, again and again.",
                    "--mode")
                .build())
        .addOption(Model.text("JOB", "Only this job (not with raw).", "--job").build())
        .addOption(
            Model.text(
                    "DURATION",
                    "Pause between two looks of the full-screen modes; 1s (the default) or more.",
                    "-d",
                    "--delay")
                .build())
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    String mode = arguments.text("--mode", "interactive");
    switch (mode) {
      case "raw" -> raw(services.controlClient(arguments));
      case "dump" -> dump(services.controlClient(arguments), arguments.text("--job", ""));
      case "summary" -> summary(services.controlClient(arguments), arguments.text("--job", ""));
      case "interactive", "legacy" -> fullScreen(mode, arguments);
      default ->
          throw new CommandException(
              "invalid --mode \"%s\": use interactive, dump, summary, raw or legacy"
                  .formatted(mode));
    }
    return 0;
  }

  private void raw(ControlClient client) throws CommandException, InterruptedException {
    try {
      client.copyStatus(services.console().out());
    } catch (ControlException e) {
      throw failure(e);
    }
  }

  private void fullScreen(String mode, Arguments arguments)
      throws CommandException, InterruptedException {
    Console console = services.console();
    if (console.columns().isEmpty() || "dumb".equals(console.variables().get("TERM"))) {
      throw new CommandException(
          "the mode \"%s\" needs a terminal as standard output; use --mode dump (text), --mode summary (one line for each job) or --mode raw (JSON)"
              .formatted(mode));
    }
    StatusSession.Options options =
        new StatusSession.Options(
            mode.equals("legacy"),
            arguments.text("--job", ""),
            delay(arguments.text("--delay", "1s")),
            console.variables().getOrDefault("NO_COLOR", "").isEmpty(),
            unicode(console.variables()));
    try {
      new StatusSession(
              services.controlClient(arguments),
              options,
              console.clock(),
              console.zone(),
              console.out())
          .run();
    } catch (IOException e) {
      throw new CommandException("the terminal cannot be used: " + e.getMessage(), e);
    }
  }

  private static Duration delay(String text) throws CommandException {
    try {
      return UnitDuration.parsePositive(text);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --delay: " + e.getMessage(), e);
    }
  }

  /** Whether the user's locale has more than ASCII. */
  private static boolean unicode(Map<String, String> variables) {
    // The launcher chooses a UTF-8 locale where there is none, for the sake of file names.
    if ("1".equals(variables.get("ZREPL_TERMINAL_ASCII"))) {
      return false;
    }
    String locale =
        Stream.of("LC_ALL", "LC_CTYPE", "LANG")
            .map(name -> variables.getOrDefault(name, ""))
            .filter(value -> !value.isEmpty())
            .findFirst()
            .orElse("")
            .toLowerCase(Locale.ROOT);
    return locale.contains("utf-8") || locale.contains("utf8");
  }

  private void summary(ControlClient client, String job)
      throws CommandException, InterruptedException {
    DaemonStatus status;
    try {
      status = client.status();
    } catch (ControlException e) {
      throw failure(e);
    }
    if (!job.isEmpty()) {
      wanted(status, job);
    }
    services.console().out().print(SummaryText.of(status, job));
  }

  private static JobStatus wanted(DaemonStatus status, String job) throws CommandException {
    JobStatus wanted = status.jobs().get(job);
    if (wanted == null || wanted instanceof JobStatus.Internal) {
      throw new CommandException(
          "job \"%s\" does not exist in the daemon; it has: %s".formatted(job, names(status)));
    }
    return wanted;
  }

  private void dump(ControlClient client, String job)
      throws CommandException, InterruptedException {
    DaemonStatus status;
    try {
      status = client.status();
    } catch (ControlException e) {
      throw failure(e);
    }
    Console console = services.console();
    StatusText text = new StatusText(console.clock().instant(), console.zone(), console.columns());
    if (job.isEmpty()) {
      console.out().print(text.allJobs(status));
      return;
    }
    console.out().print(text.job(job, wanted(status, job)));
  }

  private static String names(DaemonStatus status) {
    String names =
        status.jobs().entrySet().stream()
            .filter(entry -> !(entry.getValue() instanceof JobStatus.Internal))
            .map(entry -> "\"" + entry.getKey() + "\"")
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "no jobs" : names;
  }

  private static CommandException failure(ControlException e) {
    return new CommandException(String.valueOf(e.getMessage()), e);
  }
}
