package io.zrepl.cli;

import io.zrepl.control.ControlException;
import io.zrepl.control.SignalRequest;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl signal}. */
final class SignalCommand implements Verb {
  private static final Set<String> OF_THE_DAEMON =
      Set.of(SignalRequest.RELOAD, SignalRequest.STOP, SignalRequest.SHUTDOWN);

  private final Services services;

  SignalCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "signal", "Tells the daemon, or one of its jobs, to do something now.")
            .addPositional(Model.word(0, true, "OPERATION", "See below."))
            .addPositional(Model.word(1, false, "JOB", "Name of the job."));
    spec.usageMessage()
        .footer(
            "",
            "With a job:",
            "  wakeup    push, pull: replicate and prune; snap: prune. Takes no snapshots.",
            "  snapshot  push, source, snap: take snapshots, then do what follows them.",
            "            With manual snapshotting they are called zrepl_20260704_050607_000.",
            "  prune     push, pull, snap: prune, without replicating; see zrepl prune.",
            "  reset     push, pull: cancel the running replication and pruning;",
            "            snap: cancel the running pruning.",
            "  pause     end the job at once, resumable, and leave it so, over restarts too;",
            "            a paused sink or source admits no clients.",
            "  resume    let a paused job go on.",
            "",
            "Without a job:",
            "  reload    read the configuration again; jobs whose settings are the same go on",
            "            undisturbed. If it has a problem nothing changes. As SIGHUP.",
            "  stop      end the daemon at once; what it transferred is resumed. As SIGTERM.",
            "  shutdown  end the daemon after the running steps, without beginning new ones;",
            "            a second one ends it at once.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    String operation = arguments.word(0);
    String job = arguments.word(1);
    if (OF_THE_DAEMON.contains(operation) != job.isEmpty()) {
      throw arguments.misuse(
          job.isEmpty()
              ? "signal \"%s\" needs the name of a job".formatted(operation)
              : "signal \"%s\" is for the daemon as a whole, not for a job".formatted(operation));
    }
    try {
      if (job.isEmpty()) {
        tell(services.controlClient(arguments).command(operation));
      } else {
        services.controlClient(arguments).signal(job, operation);
      }
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }

  private void tell(String message) {
    if (!message.isEmpty()) {
      services.console().out().println(message);
    }
  }
}
