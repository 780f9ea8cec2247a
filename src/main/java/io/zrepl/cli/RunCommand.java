package io.zrepl.cli;

import io.zrepl.cli.status.SummaryText;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.SignalRequest;
import io.zrepl.control.StatusText;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl run JOB}: lets the daemon run a job once, and waits for the end. */
final class RunCommand implements Verb {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Services services;
  private final Duration pause;

  RunCommand(Services services) {
    this(services, LOOK);
  }

  RunCommand(Services services, Duration pause) {
    this.services = services;
    this.pause = pause;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "run", "Lets the daemon run a job once, and waits until it has ended.")
            .addPositional(Model.word(0, true, "JOB", "Name of a push, pull or snap job."));
    spec.usageMessage()
        .footer(
            "",
            "push, pull: replicates and prunes; snap: prunes. Takes no snapshots; see zrepl signal",
            "snapshot. If the job runs already, it runs once more afterwards, and that is what counts.",
            "Interrupting this command (Ctrl-C) does not end the run; see zrepl signal reset.",
            "",
            "Exit status: 0 if everything succeeded; 1 if anything failed, if the run was reset, or if",
            "it is not known how it ended. Progress goes to stderr, what the job did to stdout.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    String job = arguments.word(0);
    ControlClient client = services.controlClient(arguments);
    Console console = services.console();
    Instant asked = console.clock().instant();
    try {
      client.signal(job, SignalRequest.WAKEUP);
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    RunProgress progress = new RunProgress(asked);
    String last = "";
    while (true) {
      JobStatus status = status(client, job);
      RunProgress.Look look = progress.look(status, console.clock().instant());
      if (!look.text().equals(last)) {
        console.err().println(job + ": " + SummaryText.harmless(look.text()));
        console.err().flush();
        last = look.text();
      }
      switch (look.state()) {
        case NOT_BEGUN, RUNNING -> Thread.sleep(pause);
        case SUCCEEDED -> {
          return end(job, status, 0);
        }
        case FAILED, LOST -> {
          return end(job, status, Failures.STATUS);
        }
      }
    }
  }

  private int end(String job, @Nullable JobStatus status, int code) {
    Console console = services.console();
    if (status != null) {
      console
          .out()
          .print(
              new StatusText(console.clock().instant(), console.zone(), OptionalInt.empty())
                  .job(job, status));
    }
    return code;
  }

  private static @Nullable JobStatus status(ControlClient client, String job)
      throws CommandException, InterruptedException {
    try {
      DaemonStatus status = client.status();
      return status.jobs().get(job);
    } catch (ControlException e) {
      throw new CommandException(
          "the daemon does not answer any more, so that it is not known how the run ends: %s; see zrepl status"
              .formatted(e.getMessage()),
          e);
    }
  }
}
