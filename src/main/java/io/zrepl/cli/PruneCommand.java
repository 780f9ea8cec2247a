package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.Configuration;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.SignalRequest;
import io.zrepl.job.PruneOnce;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.prune.PruneRun;
import io.zrepl.prune.PrunerReport;
import java.io.PrintStream;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl prune JOB}: prunes once now, or shows what would be destroyed and why.
 *
 * <p>A dry run asks both sides itself, whether there is a daemon or not: it changes nothing. A real
 * one is left to the daemon where there is one, since that knows what else goes on.
 */
final class PruneCommand implements Verb {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Services services;

  PruneCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "prune", "Prunes once now what a job prunes, or shows what would go.")
            .addOption(
                Model.flag(
                    "--dry-run",
                    "Destroys nothing: shows of each snapshot whether it stays or goes, and why."))
            .addOption(Model.flag("--json", "With --dry-run: one JSON object instead."))
            .addPositional(Model.word(0, false, "JOB", "Name of a push, pull or snap job."))
            .addSubcommand("simulate", new PruneSimulateCommand(services).model());
    spec.usageMessage()
        .footer(
            "",
            "Without --dry-run the running daemon does it, if there is one: the job prunes as soon",
            "as it is idle, and this command shows how far it is. Otherwise this command does it itself.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    boolean dryRun = arguments.flag("--dry-run");
    boolean json = arguments.flag("--json");
    if (json && !dryRun) {
      throw new CommandException("--json is possible only together with --dry-run");
    }
    if (arguments.word(0).isEmpty()) {
      throw new CommandException("which job? zrepl prune JOB, or zrepl prune simulate");
    }
    Configuration configuration = services.configuration(arguments);
    JobId job = job(arguments.word(0));
    OptionalInt status = dryRun ? OptionalInt.empty() : daemonDoes(configuration, job);
    if (status.isPresent()) {
      return status.getAsInt();
    }
    try (ZfsAccess.Session session = services.zfs().open();
        CommandLocks locks = CommandLocks.open(services, arguments);
        PruneOnce prune =
            PruneOnce.of(
                job,
                configuration.jobs(),
                session.zfs(),
                locks.locks(),
                Clock.systemUTC(),
                dryRun)) {
      boolean failed = false;
      List<PruneReportText.Side> sides = new ArrayList<>();
      for (PruneOnce.Part part : prune.parts()) {
        PrunerReport report = run(part, dryRun);
        PruneReportText.Side side = PruneReportText.Side.of(part, report, dryRun);
        sides.add(side);
        failed |= side.failed();
        if (!json) {
          PruneReportText.print(side, services.console());
        }
      }
      if (json) {
        services.console().out().println(PruneReportText.json(job.toString(), sides));
      }
      return failed ? Failures.STATUS : 0;
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  private static JobId job(String name) throws CommandException {
    try {
      return JobId.parse(name);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid job name: " + e.getMessage(), e);
    }
  }

  /** The exit status of a pruning by the daemon; empty if there is none. */
  private OptionalInt daemonDoes(Configuration configuration, JobId job)
      throws CommandException, InterruptedException {
    if (Files.notExists(configuration.controlSocket())) {
      return OptionalInt.empty();
    }
    ControlClient client = new ControlClient(configuration.controlSocket());
    try {
      client.version();
    } catch (ControlException e) {
      services
          .console()
          .err()
          .println(
              "the daemon does not answer, so that this command prunes by itself: "
                  + e.getMessage());
      return OptionalInt.empty();
    }
    Instant before = Instant.now();
    try {
      client.signal(job.toString(), SignalRequest.PRUNE);
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    return OptionalInt.of(follow(client, job, before));
  }

  /** Tells how far the daemon is, until it is done; gives the exit status. */
  private int follow(ControlClient client, JobId job, Instant after)
      throws CommandException, InterruptedException {
    Console console = services.console();
    console.err().println("the daemon prunes as soon as job \"%s\" is idle".formatted(job));
    RequestedPruning requested = new RequestedPruning(after);
    String last = "";
    while (true) {
      RequestedPruning.Progress progress = look(client, requested, job);
      String now = PruneReportText.progress(progress.sides());
      if (!now.equals(last) && !now.isEmpty()) {
        console.err().println(now);
        console.err().flush();
        last = now;
      }
      if (progress.over()) {
        boolean failed = PruneReportText.print(progress.sides(), console);
        if (progress.problem().isPresent()) {
          throw new CommandException("job \"%s\": %s".formatted(job, progress.problem().get()));
        }
        return failed ? Failures.STATUS : 0;
      }
      Thread.sleep(LOOK);
    }
  }

  private static RequestedPruning.Progress look(
      ControlClient client, RequestedPruning requested, JobId job)
      throws CommandException, InterruptedException {
    try {
      return requested.look(client.status().jobs().get(job.toString()));
    } catch (ControlException e) {
      throw new CommandException(
          "the daemon does not answer any more: %s; see zrepl status".formatted(e.getMessage()), e);
    }
  }

  /** Prunes on a thread of its own, and tells how far it is. */
  private PrunerReport run(PruneOnce.Part part, boolean dryRun) throws InterruptedException {
    PruneRun run = part.run();
    if (dryRun) {
      run.run();
      return run.report();
    }
    CountDownLatch over = new CountDownLatch(1);
    Thread worker =
        Thread.ofVirtual()
            .name("prune")
            .start(() -> {
              try {
                run.run();
              } catch (InterruptedException e) {
                // the report says that it was cancelled
              } finally {
                over.countDown();
              }
            });
    PrintStream err = services.console().err();
    String last = "";
    try {
      while (!over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        String now = PruneReportText.progress(part.side(), run.report());
        if (!now.equals(last)) {
          err.println(now);
          err.flush();
          last = now;
        }
      }
    } catch (InterruptedException e) {
      worker.interrupt();
      over.await();
      throw e;
    }
    return run.report();
  }
}
