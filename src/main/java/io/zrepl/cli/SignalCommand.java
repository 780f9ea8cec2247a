package io.zrepl.cli;

import io.zrepl.control.ControlException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code zrepl signal}. */
@Command(
    name = "signal",
    description = "Tells a job of the daemon to do something now.",
    footer = {
      "",
      "  wakeup  push, pull: replicate and prune; snap: prune. Takes no snapshots.",
      "  reset   push, pull: cancel the running replication and pruning."
    })
final class SignalCommand implements Callable<Integer> {
  private final RootCommand root;
  private final Services services;

  @Parameters(index = "0", paramLabel = "OPERATION", description = "wakeup or reset.")
  private String operation = "";

  @Parameters(index = "1", paramLabel = "JOB", description = "Name of the job.")
  private String job = "";

  SignalCommand(RootCommand root, Services services) {
    this.root = root;
    this.services = services;
  }

  @Override
  public Integer call() throws CommandException, InterruptedException {
    try {
      services.controlClient(root).signal(job, operation);
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }
}
