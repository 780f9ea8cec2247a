package io.zrepl.daemon;

import io.zrepl.base.TaskGroup;
import io.zrepl.config.Configuration;
import io.zrepl.config.EnvironmentLimits;
import io.zrepl.control.ControlClient;
import io.zrepl.control.ControlException;
import io.zrepl.control.ControlJson;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.SignalRequest;
import io.zrepl.control.VersionInformation;
import io.zrepl.job.Job;
import io.zrepl.job.Jobs;
import io.zrepl.job.SignalRefusedException;
import io.zrepl.logging.LogObserver;
import io.zrepl.logging.LogOutlets;
import io.zrepl.logging.LoggingSettings;
import io.zrepl.model.JobId;
import io.zrepl.monitoring.Metrics;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import io.zrepl.zfs.lock.LockFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
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

  private final List<Job> jobs;
  private final ProcessCommandRunner commands;
  private final Metrics metrics;
  // jobs that a fault of the program ended, with what to tell about it
  private final Map<JobId, String> ended = new ConcurrentHashMap<>();

  private Daemon(List<Job> jobs, ProcessCommandRunner commands, Metrics metrics) {
    this.jobs = jobs;
    this.commands = commands;
    this.metrics = metrics;
  }

  /**
   * Runs until SIGTERM or SIGINT, then stops everything in order: jobs, with what they started;
   * commands that are left; the control server.
   *
   * @return the exit status
   * @throws DaemonStartException if it cannot start; nothing is left behind
   * @throws InterruptedException if the calling thread is interrupted; everything was stopped
   */
  public static int run(Configuration configuration)
      throws DaemonStartException, InterruptedException {
    ControlSocketFile socket = ControlSocketFile.claim(configuration.controlSocket());
    Metrics metrics = new Metrics();
    try (LogOutlets outlets =
        LogOutlets.install(
            configuration.logging(), System.getenv(), System.out, new LogMetrics(metrics))) {
      return run(configuration, socket, metrics);
    }
  }

  private static int run(Configuration configuration, ControlSocketFile socket, Metrics metrics)
      throws DaemonStartException, InterruptedException {
    Thread.setDefaultUncaughtExceptionHandler((thread, e) ->
        log.atError()
            .addKeyValue("thread", thread.getName())
            .setCause(e)
            .log("a thread ended by a fault of the program; please report this"));
    CountDownLatch stop = new CountDownLatch(1);
    StopSignals.install(stop);
    log.atInfo().addKeyValue("version", VersionInformation.current()).log("starting");
    DatasetLocks locks = locks(configuration);
    MetricObservers observers = new MetricObservers(metrics);
    try (ProcessCommandRunner commands =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT.withStallLimit(configuration.stallTimeout()),
            observers.ofCommands(),
            InstantSource.system())) {
      List<Job> jobs =
          Jobs.of(
              configuration.jobs(),
              job -> new ZfsCommands(commands.forJob(job.toString())),
              locks,
              EnvironmentLimits.apply(
                  RunLimits.DEFAULT.withStall(configuration.stallTimeout()),
                  System.getenv(),
                  warning -> log.atWarn().log(warning)),
              observers::of,
              configuration.stdinserverDirectory(),
              Clock.systemUTC());
      Daemon daemon = new Daemon(jobs, commands, metrics);
      try (ControlServer server = ControlServer.start(socket, daemon.requests())) {
        log.atInfo()
            .addKeyValue("jobs", jobs.size())
            .addKeyValue("socket", server.path())
            .log("ready");
        daemon.runJobsUntil(stop);
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("err", e).log("cannot remove the control socket");
    }
    log.atInfo().log("stopped");
    return 0;
  }

  /**
   * Starts a daemon without jobs in a temporary folder and stops it, so that what a start needs
   * gets into the JVM's start-up cache. Leaves nothing behind.
   *
   * @throws DaemonStartException if that is not possible
   */
  public static void startAndStop() throws DaemonStartException, InterruptedException {
    try {
      Path folder = Files.createTempDirectory("zrepl-training");
      try (LogOutlets outlets =
              LogOutlets.install(
                  LoggingSettings.DEFAULT,
                  Map.of(),
                  OutputStream.nullOutputStream(),
                  LogObserver.NONE);
          ControlServer server =
          ControlServer.start(
              ControlSocketFile.claim(folder.resolve("control")),
              new Daemon(
                      List.of(),
                      new ProcessCommandRunner(
                          RunnerSettings.DEFAULT, CommandObserver.NONE, InstantSource.system()),
                      new Metrics())
                  .requests())) {
        log.atInfo().addKeyValue("socket", server.path()).log("training");
        new ControlClient(server.path()).status();
      } finally {
        Files.deleteIfExists(folder.resolve("control.lock"));
        Files.delete(folder);
      }
    } catch (IOException | ControlException e) {
      throw new DaemonStartException("the training of the daemon failed: " + e.getMessage(), e);
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

  private void runJobsUntil(CountDownLatch stop) throws InterruptedException {
    try (TaskGroup running = new TaskGroup("job")) {
      jobs.forEach(job -> running.fork(job.id().toString(), () -> supervise(job)));
      stop.await();
    }
  }

  /** Runs a job; whatever ends it, the daemon and the other jobs go on. */
  private void supervise(Job job) throws InterruptedException {
    try {
      job.run();
    } catch (RuntimeException | Error e) {
      ended.put(job.id(), "the job ended by a fault of the program: " + e);
      log.atError()
          .addKeyValue("job", job.id())
          .setCause(e)
          .log(
              "the job ended by a fault of the program; restart the daemon, and please report this");
    }
  }

  private ControlRequests requests() {
    return new ControlRequests() {
      @Override
      public byte[] version() {
        return utf8(ControlJson.toJson(VersionInformation.current()));
      }

      @Override
      public DaemonStatus status() {
        return StatusAssembler.status(jobs, ended, commands.running(), commands.stuck());
      }

      @Override
      public void writeMetrics(OutputStream target) throws IOException {
        metrics.write(target);
      }

      @Override
      public void signal(String job, String operation) throws RefusedException {
        Daemon.this.signal(job, operation);
      }
    };
  }

  private void signal(String name, String operation) throws ControlRequests.RefusedException {
    Job job =
        jobs.stream()
            .filter(candidate -> candidate.id().toString().equals(name))
            .findFirst()
            .orElseThrow(
                () -> new ControlRequests.RefusedException("Job " + name + " does not exist"));
    log.atInfo().addKeyValue("job", name).addKeyValue("operation", operation).log("signal");
    String end = ended.get(job.id());
    if (end != null) {
      throw new ControlRequests.RefusedException(end);
    }
    try {
      switch (operation) {
        case SignalRequest.WAKEUP -> job.wakeup();
        case SignalRequest.RESET -> job.reset();
        case SignalRequest.SNAPSHOT -> job.snapshot();
        case SignalRequest.PRUNE -> job.prune();
        default ->
            throw new ControlRequests.RefusedException(
                "operation \""
                    + operation
                    + "\" is invalid; possible are wakeup, snapshot, prune and reset");
      }
    } catch (SignalRefusedException e) {
      throw new ControlRequests.RefusedException(String.valueOf(e.getMessage()));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
