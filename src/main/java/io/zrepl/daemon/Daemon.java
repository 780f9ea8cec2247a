package io.zrepl.daemon;

import io.zrepl.base.TaskGroup;
import io.zrepl.config.Configuration;
import io.zrepl.config.EnvironmentLimits;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlJson;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.SignalRequest;
import io.zrepl.control.VersionInformation;
import io.zrepl.job.Job;
import io.zrepl.job.JobSettings;
import io.zrepl.job.Jobs;
import io.zrepl.job.SignalRefusedException;
import io.zrepl.logging.LogOutlets;
import io.zrepl.model.JobId;
import io.zrepl.monitoring.Metrics;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.transport.ClosingStatistics;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import io.zrepl.zfs.lock.LockFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: log, control server, jobs, from start to end.
 *
 * <p>Only an unusable control socket keeps it from starting. A job that fails, even by a fault of
 * the program, is reported and leaves the others alone.
 */
public final class Daemon {
  private static final Logger log = LoggerFactory.getLogger(Daemon.class);

  private final RunningJobs jobs;
  private final ProcessCommandRunner commands;
  private final Metrics metrics;
  private final Ending ending;
  private final Reloading reloading;

  private Daemon(
      RunningJobs jobs,
      ProcessCommandRunner commands,
      Metrics metrics,
      Ending ending,
      Reloading reloading) {
    this.jobs = jobs;
    this.commands = commands;
    this.metrics = metrics;
    this.ending = ending;
    this.reloading = reloading;
  }

  /**
   * Runs until told to end, then stops everything in order: jobs, with what they started; commands
   * that are left; the control server.
   *
   * @param reader reads the configuration again when asked to
   * @return the exit status
   * @throws DaemonStartException if it cannot start; nothing is left behind
   * @throws InterruptedException if the calling thread is interrupted; everything was stopped
   */
  public static int run(Configuration configuration, ConfigurationReader reader)
      throws DaemonStartException, InterruptedException {
    // An outlet flushes it, and leaves it open.
    OutputStream output = System.out;
    return run(
        configuration,
        reader,
        new Surroundings(RunnerSettings.DEFAULT, new Ending(), output, () -> {}));
  }

  /**
   * What is the same for every daemon, but not for one that only trains.
   *
   * @param commands how commands are run
   * @param ending by which it is told to end
   * @param output where the log outlet {@code stdout} writes
   * @param onReady called once the control server answers and the jobs have begun; must not wait
   */
  record Surroundings(
      RunnerSettings commands, Ending ending, OutputStream output, Runnable onReady) {}

  static int run(Configuration configuration, ConfigurationReader reader, Surroundings surroundings)
      throws DaemonStartException, InterruptedException {
    ControlSocketFile socket = ControlSocketFile.claim(configuration.controlSocket());
    Metrics metrics = new Metrics();
    try (LogOutlets _ =
        LogOutlets.install(
            configuration.logging(),
            System.getenv(),
            surroundings.output(),
            new LogMetrics(metrics))) {
      return run(configuration, reader, surroundings, socket, metrics);
    }
  }

  private static int run(
      Configuration configuration,
      ConfigurationReader reader,
      Surroundings surroundings,
      ControlSocketFile socket,
      Metrics metrics)
      throws DaemonStartException, InterruptedException {
    Thread.setDefaultUncaughtExceptionHandler((thread, e) ->
        log.atError()
            .addKeyValue("thread", thread.getName())
            .setCause(e)
            .log("a thread ended by a fault of the program; please report this"));
    ServiceNotifier notifier = ServiceNotifier.of(System.getenv());
    Ending ending = surroundings.ending();
    VersionInformation version = VersionInformation.current();
    log.atInfo().addKeyValue("version", version).log("starting");
    metrics.started(version.version(), version.toString(), Instant.now());
    ClosingStatistics.observe(MetricObservers.ofConnections(metrics));
    DatasetLocks locks = locks(configuration);
    MetricObservers observers = new MetricObservers(metrics);
    try (ProcessCommandRunner commands =
            new ProcessCommandRunner(
                surroundings.commands().withStallLimit(configuration.stallTimeout()),
                observers.ofCommands(),
                InstantSource.system());
        RunningJobs jobs =
            new RunningJobs(
                counted(jobs(configuration, commands, locks, observers), metrics),
                PauseMarks.of(System.getenv()))) {
      Reloading reloading =
          new Reloading(
              configuration, reader, jobs, notifier, job -> metrics.forgetJob(job.toString()));
      jobs.prepare(configuration.jobs());
      StopSignals.install(ending, reloading::bySignal);
      Daemon daemon = new Daemon(jobs, commands, metrics, ending, reloading);
      try (ControlServer server = ControlServer.start(socket, daemon.requests());
          MetricsListener _ = MetricsListener.start(configuration.monitoring(), metrics);
          TaskGroup watchdog = new TaskGroup("watchdog")) {
        jobs.begin();
        log.atInfo()
            .addKeyValue("jobs", configuration.jobs().size())
            .addKeyValue("socket", server.path())
            .log("ready");
        notifier.ready();
        surroundings.onReady().run();
        notifier.watch(watchdog, new ControlClient(server.path()));
        daemon.runUntilTold(notifier);
        // Before the control server closes, so that the status tells what the end waits for.
        jobs.stop();
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("err", e).log("cannot remove the control socket");
    }
    log.atInfo().log("stopped");
    return 0;
  }

  private static Jobs jobs(
      Configuration configuration,
      ProcessCommandRunner commands,
      DatasetLocks locks,
      MetricObservers observers) {
    return new Jobs(
        job -> new ZfsCommands(commands.forJob(job.toString())),
        locks,
        EnvironmentLimits.apply(
            RunLimits.DEFAULT.withStall(configuration.stallTimeout()),
            System.getenv(),
            warning -> log.atWarn().log(warning)),
        observers::of,
        configuration.stdinserverDirectory(),
        Clock.systemUTC());
  }

  /**
   * Series of a job that replicates exist before it has done anything; those of another kind of job
   * that had the name before do not stay.
   */
  private static Function<JobSettings, Job> counted(Jobs jobs, Metrics metrics) {
    Map<JobId, Class<?>> kinds = new ConcurrentHashMap<>();
    return settings -> {
      Class<?> before = kinds.put(settings.id(), settings.getClass());
      if (before != null && before != settings.getClass()) {
        metrics.forgetJob(settings.id().toString());
      }
      if (settings instanceof JobSettings.Push || settings instanceof JobSettings.Pull) {
        metrics.replication().begin(settings.id().toString());
      }
      return jobs.of(settings);
    };
  }

  private void runUntilTold(ServiceNotifier notifier) throws InterruptedException {
    Ending.State state = ending.awaitOtherThan(Ending.State.RUNNING);
    if (state == Ending.State.FINISHING) {
      notifier.finishing();
      log.atInfo().log("ending after the running steps");
      try (TaskGroup finishing = new TaskGroup("shutdown")) {
        finishing.fork(
            "steps",
            () -> {
              jobs.finish();
              ending.stop();
            });
        ending.awaitOtherThan(Ending.State.FINISHING);
        notifier.stopping();
      }
    } else {
      notifier.stopping();
    }
  }

  /** Without the file, the daemon still keeps its own jobs apart. */
  private static DatasetLocks locks(Configuration configuration) {
    Path file = configuration.controlSocket().resolveSibling(LockFile.NAME);
    Optional<LockFile> shared = Optional.empty();
    try {
      shared = Optional.of(LockFile.open(file));
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("err", e)
          .log("cannot lock datasets against commands such as 'zrepl zfs-abstraction release-all'");
    }
    return new DatasetLocks(shared, DatasetLocks.WAIT);
  }

  private ControlRequests requests() {
    return new ControlRequests() {
      @Override
      public Request begin(String endpoint) {
        metrics.requestBegan(endpoint);
        long begun = System.nanoTime();
        return () -> metrics.requestEnded(endpoint, Duration.ofNanos(System.nanoTime() - begun));
      }

      @Override
      public byte[] version() {
        return utf8(ControlJson.toJson(VersionInformation.current()));
      }

      @Override
      public DaemonStatus status() {
        return StatusAssembler.status(
            jobs.all(), jobs.told(), commands.running(), commands.stuck());
      }

      @Override
      public void writeMetrics(OutputStream target) throws IOException {
        metrics.write(target);
      }

      @Override
      public void signal(String job, String operation) throws RefusedException {
        Daemon.this.signal(job, operation);
      }

      @Override
      public String command(String operation) throws RefusedException {
        return Daemon.this.command(operation);
      }
    };
  }

  private void signal(String name, String operation) throws ControlRequests.RefusedException {
    log.atInfo().addKeyValue("job", name).addKeyValue("operation", operation).log("signal");
    try {
      switch (operation) {
        case SignalRequest.PAUSE -> jobs.pause(name);
        case SignalRequest.RESUME -> jobs.resume(name);
        case SignalRequest.WAKEUP -> jobs.running(name).wakeup();
        case SignalRequest.RESET -> jobs.running(name).reset();
        case SignalRequest.SNAPSHOT -> jobs.running(name).snapshot();
        case SignalRequest.PRUNE -> jobs.running(name).prune();
        default ->
            throw new ControlRequests.RefusedException(
                "operation \"%s\" is invalid; possible are wakeup, snapshot, prune, reset, pause and resume"
                    .formatted(operation));
      }
    } catch (SignalRefusedException e) {
      throw new ControlRequests.RefusedException(String.valueOf(e.getMessage()));
    }
  }

  private String command(String operation) throws ControlRequests.RefusedException {
    log.atInfo().addKeyValue("operation", operation).log("signal");
    switch (operation) {
      case SignalRequest.STOP -> ending.stop();
      case SignalRequest.SHUTDOWN -> ending.shutDown();
      case SignalRequest.RELOAD -> {
        return reloading.reload();
      }
      default ->
          throw new ControlRequests.RefusedException(
              "operation \"%s\" is invalid without a job; possible are reload, stop and shutdown"
                  .formatted(operation));
    }
    return "";
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
