package io.zrepl.cli;

import io.zrepl.cli.status.SummaryText;
import io.zrepl.config.Configuration;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.JobStatus;
import io.zrepl.control.SignalRequest;
import io.zrepl.control.SnapshottingStatus;
import io.zrepl.control.StatusText;
import io.zrepl.daemon.OneJob;
import io.zrepl.job.JobSettings;
import io.zrepl.model.OperationException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl run JOB}: runs a job once, and waits for the end. A running daemon does it; where
 * there is none, this command is one until the run has ended.
 */
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
        Model.command(this, "run", "Runs a job once, and waits until it has ended.")
            .addOption(
                Model.flag(
                    "--dry-run",
                    "Changes nothing: shows what would be taken, sent, and destroyed and why."))
            .addOption(
                Model.flag("--no-snapshots", "Takes no snapshots: begins with what there is."))
            .addPositional(Model.word(0, true, "JOB", "Name of a push, pull or snap job."));
    spec.usageMessage()
        .footer(
            "",
            "push, snap: takes snapshots, unless the job's snapshotting is manual. push, pull: replicates.",
            "All: prunes. Each part is done whatever came of the one before.",
            "",
            "The running daemon does it, if there is one: if the job runs already, it runs once",
            "more afterwards, and that is what counts. Otherwise this command does it itself; meanwhile",
            "no daemon of the same configuration can start.",
            "",
            "Interrupting this command (Ctrl-C) does not end a run of the daemon, see zrepl signal reset;",
            "one of its own ends, and what was being transferred is resumed by the next one.",
            "",
            "Exit status: 0 if everything succeeded; 1 if anything failed, if the run was reset or",
            "lost, or if it is not known how it ended; 130 or 143 if this command was ended by Ctrl-C or",
            "SIGTERM. Progress goes to stderr, what the job did to stdout.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    String job = arguments.word(0);
    Configuration configuration = services.configuration(arguments);
    if (arguments.flag("--dry-run")) {
      return new DryRun(services).run(arguments, configuration, job);
    }
    boolean without = arguments.flag("--no-snapshots");
    Optional<ControlClient> daemon = daemon(configuration);
    boolean snapshots =
        !without
            && JobSettings.named(configuration.jobs(), job)
                .flatMap(JobSettings::takingSnapshots)
                .filter(taking -> taking.settings().takesSnapshots())
                .isPresent();
    if (daemon.isPresent()) {
      JobStatus status = status(daemon.get(), job);
      if (status == null && JobSettings.named(configuration.jobs(), job).isPresent()) {
        throw new CommandException(
            "the daemon has no job \"%s\", which is in the configuration: reload it (zrepl signal reload); or it is another zrepl run that works with this configuration: try again when that has ended"
                .formatted(job));
      }
      return follow(daemon.get(), job, !without && (snapshots || takesSnapshots(status)));
    }
    Configuration alone;
    try {
      alone = OneJob.of(configuration, job);
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
    Outcome outcome = new Outcome();
    services
        .daemon()
        .runTemporarily(
            alone,
            client -> {
              try {
                outcome.status = OptionalInt.of(follow(client, job, snapshots));
              } catch (CommandException e) {
                outcome.failure = e;
              }
            });
    if (outcome.failure != null) {
      throw outcome.failure;
    }
    return outcome.status.orElseThrow(() ->
        new CommandException(
            "the run was interrupted; what was being transferred is resumed by the next one"));
  }

  /** What came of a run by this command; written by the thread that follows it. */
  private static final class Outcome {
    private volatile OptionalInt status = OptionalInt.empty();
    private volatile @Nullable CommandException failure;
  }

  private static Optional<ControlClient> daemon(Configuration configuration)
      throws InterruptedException {
    if (Files.notExists(configuration.controlSocket())) {
      return Optional.empty();
    }
    ControlClient client = new ControlClient(configuration.controlSocket());
    try {
      client.version();
      return Optional.of(client);
    } catch (ControlException e) {
      return Optional.empty(); // if one runs nonetheless, it keeps us from starting
    }
  }

  /** Whether a job of the daemon takes snapshots without being asked. */
  private static boolean takesSnapshots(@Nullable JobStatus status) {
    Optional<SnapshottingStatus> snapshotting =
        switch (status) {
          case JobStatus.Active active -> active.snapshotting();
          case JobStatus.Snap snap -> snap.snapshotting();
          case null, default -> Optional.empty();
        };
    return snapshotting
        .filter(kind ->
            kind instanceof SnapshottingStatus.Periodic || kind instanceof SnapshottingStatus.Cron)
        .isPresent();
  }

  private int follow(ControlClient client, String job, boolean snapshots)
      throws CommandException, InterruptedException {
    Console console = services.console();
    JobStatus before = status(client, job);
    signal(client, job, snapshots ? SignalRequest.SNAPSHOT : SignalRequest.WAKEUP);
    RunProgress progress = new RunProgress(snapshots, before);
    String last = "";
    while (true) {
      JobStatus status = status(client, job);
      RunProgress.Look look = progress.look(status, console.clock().instant());
      if (!look.text().equals(last)) {
        console.err().println(job + ": " + SummaryText.harmless(look.text()));
        console.err().flush();
        last = look.text();
      }
      if (progress.takeWakeupWanted()) {
        signal(client, job, SignalRequest.WAKEUP);
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

  private static void signal(ControlClient client, String job, String operation)
      throws CommandException, InterruptedException {
    try {
      client.signal(job, operation);
    } catch (ControlException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
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
      return client.status().jobs().get(job);
    } catch (ControlException e) {
      throw new CommandException(
          "the daemon does not answer any more, so that it is not known how the run ends: %s; see zrepl status"
              .formatted(e.getMessage()),
          e);
    }
  }
}
