package io.zrepl.cli;

import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.StatusText;
import java.util.stream.Collectors;
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
                    "dump: text, once. raw: the daemon's JSON. interactive (the default) and"
                        + " legacy, both full-screen, are not available yet.",
                    "--mode")
                .build())
        .addOption(Model.text("JOB", "Only this job (not with raw).", "--job").build())
        .addOption(
            Model.text(
                    "DURATION",
                    "Pause between two looks of the full-screen modes.",
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
      case "interactive", "legacy" ->
          throw new CommandException(
              "the full-screen mode \"%s\" is not available yet; use --mode dump (text) or --mode raw (JSON)"
                  .formatted(mode));
      default ->
          throw new CommandException(
              "invalid --mode \"%s\": use interactive, dump, raw or legacy".formatted(mode));
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
    JobStatus wanted = status.jobs().get(job);
    if (wanted == null || wanted instanceof JobStatus.Internal) {
      throw new CommandException(
          "job \"%s\" does not exist in the daemon; it has: %s".formatted(job, names(status)));
    }
    console.out().print(text.job(job, wanted));
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
