package io.zrepl.cli;

import io.zrepl.control.ControlException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl signal}. */
final class SignalCommand implements Verb {
  private final Services services;

  SignalCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "signal", "Tells a job of the daemon to do something now.")
            .addPositional(Model.word(0, true, "OPERATION", "wakeup, snapshot, prune or reset."))
            .addPositional(Model.word(1, true, "JOB", "Name of the job."));
    spec.usageMessage()
        .footer(
            "",
            "  wakeup    push, pull: replicate and prune; snap: prune. Takes no snapshots.",
            "  snapshot  push, source, snap: take snapshots, then do what follows them.",
            "            With manual snapshotting they are called zrepl_20260704_050607_000.",
            "  prune     push, pull, snap: prune, without replicating; see zrepl prune.",
            "  reset     push, pull: cancel the running replication and pruning;",
            "            snap: cancel the running pruning.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    try {
      services.controlClient(arguments).signal(arguments.word(1), arguments.word(0));
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }
}
