package io.zrepl.job;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.snapshot.SnapshotObserver;
import io.zrepl.snapshot.Snapshotter;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Takes snapshots and pushes them to a sink.
 *
 * <pre>
 * state    event                                   next
 * idle     woken: snapshots taken, signal, retry   running: replicate, prune sender, prune receiver
 * running  woken                                   remembered: runs again afterwards; if by a signal,
 *                                                  waits within the replication end at once
 * running  invocation over, a failure may pass     idle, and woken after the retry delay
 * idle     reset while such a delay runs           idle, without being woken
 * running  invocation over otherwise               idle
 * running  reset                                   idle, once everything it started has ended
 * any      interrupted                             ended, likewise
 * </pre>
 */
public final class PushJob implements Job {
  private final JobSettings.Push settings;
  private final Zfs zfs;
  private final LocalConnections connections;
  private final Clock clock;
  private final RetryDelay retryDelay;
  private final RunLimits limits;
  private final JobObservers observers;
  private final Snapshotter snapshotter;
  private final ActiveSends activeSends;
  private final BandwidthLimiter limiter;
  private final Wakeup wakeup = new Wakeup();
  private final Logger log;

  // Written by the job's thread, read by report().
  private volatile Progress progress =
      new Progress(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * How far the job is.
   *
   * @param invocation the current or last one
   * @param retryAt while the job waits to try again, until when
   * @param problem how a fault of the program ended the last invocation
   */
  private record Progress(
      Optional<Invocation> invocation, Optional<Instant> retryAt, Optional<String> problem) {
    Progress waitingUntil(Optional<Instant> when) {
      return new Progress(invocation, when, problem);
    }
  }

  // The thread of the running invocation; guarded by this.
  private @Nullable TaskGroup running;

  /**
   * Makes the job.
   *
   * @param locks shared by all jobs of the daemon
   * @param connections where it finds the sink
   * @param retryDelay how soon it tries again by itself after a failure that may pass
   * @param limits how patient a replication is within one invocation
   * @param observers are told what is worth counting
   */
  public PushJob(
      JobSettings.Push settings,
      Zfs zfs,
      DatasetLocks locks,
      LocalConnections connections,
      Clock clock,
      RetryDelay retryDelay,
      RunLimits limits,
      JobObservers observers) {
    this.settings = settings;
    this.zfs = zfs;
    this.activeSends = new ActiveSends(locks, settings.id());
    this.connections = connections;
    this.clock = clock;
    this.retryDelay = retryDelay;
    this.limits = limits;
    this.observers = observers;
    this.limiter = BandwidthLimiter.of(settings.send().bandwidthLimit());
    this.log = JobLogger.of(PushJob.class, settings.id());
    this.snapshotter =
        new Snapshotter(
            settings.snapshotting(),
            settings.filesystems(),
            zfs,
            clock,
            wakeup::raise,
            SnapshotObserver.NONE,
            JobLogger.of(Snapshotter.class, settings.id()));
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    try (TaskGroup background = new TaskGroup(settings.id().toString())) {
      background.fork("snapshotter", snapshotter::run);
      int failures = 0;
      while (true) {
        awaitWakeup(failures);
        Outcome outcome = invoke();
        failures = outcome == Outcome.FAILED_MAY_PASS ? failures + 1 : 0;
      }
    }
  }

  private void awaitWakeup(int failures) throws InterruptedException {
    if (failures == 0) {
      wakeup.await();
      return;
    }
    Duration delay = retryDelay.after(failures);
    progress = progress.waitingUntil(Optional.of(clock.instant().plus(delay)));
    log.atWarn()
        .addKeyValue("delay", delay)
        .log("the invocation failed; it is tried again by itself");
    Wakeup.End end = wakeup.await(delay);
    boolean cancelled;
    synchronized (this) { // a reset that saw the wait is not lost, even if it comes at its very end
      progress = progress.waitingUntil(Optional.empty());
      cancelled = wakeup.takeCancellation();
    }
    if (cancelled && end != Wakeup.End.RAISED) {
      wakeup.await();
    }
  }

  /** How an invocation ended. */
  private enum Outcome {
    DONE,
    FAILED,
    FAILED_MAY_PASS,
    RESET
  }

  /** Runs one invocation on a thread of its own, which {@link #reset} can interrupt. */
  private Outcome invoke() throws InterruptedException {
    Receiver receiver = new ConnectingReceiver(this::connect);
    LocalSender sender =
        new LocalSender(
            new SenderSettings(settings.id(), settings.filesystems(), settings.send().flags()),
            zfs,
            activeSends,
            limiter,
            JobLogger.of(LocalSender.class, settings.id()));
    Invocation current =
        new Invocation(
            settings.id(),
            sender,
            receiver,
            settings.replication(),
            settings.pruning(),
            limits,
            observers,
            clock);
    progress = new Progress(Optional.of(current), Optional.empty(), Optional.empty());
    AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();
    try (TaskGroup group = new TaskGroup(settings.id().toString())) {
      synchronized (this) {
        running = group;
        group.fork("invocation", () -> runAndNote(current, defect));
      }
      group.await();
    } finally {
      synchronized (this) {
        running = null;
      }
    }
    Throwable cause = defect.get();
    if (cause != null) {
      log.atError()
          .setCause(cause)
          .log("the invocation ended by a fault of the program; please report this");
      progress = new Progress(Optional.of(current), Optional.empty(), Optional.of(told(cause)));
      return Outcome.FAILED_MAY_PASS;
    }
    if (!current.completed()) {
      log.atWarn().log("invocation was reset");
      return Outcome.RESET;
    }
    if (current.succeeded()) {
      return Outcome.DONE;
    }
    return current.failureMayPass() ? Outcome.FAILED_MAY_PASS : Outcome.FAILED;
  }

  private static void runAndNote(Invocation invocation, AtomicReference<@Nullable Throwable> defect)
      throws InterruptedException {
    try {
      invocation.run();
    } catch (RuntimeException | Error e) {
      defect.set(e);
    }
  }

  private static String told(Throwable defect) {
    return "the last invocation ended by a fault of the program: " + defect;
  }

  private Receiver connect() throws OperationException, InterruptedException {
    return switch (settings.connect()) {
      case ConnectSettings.Local local ->
          connections.connect(local.listenerName(), local.clientIdentity(), local.dialTimeout());
      case ConnectSettings.Tcp _, ConnectSettings.Tls _, ConnectSettings.Ssh _ ->
          throw new IllegalStateException("no such transport yet");
    };
  }

  @Override
  public JobReport report() {
    Progress now = progress;
    return new JobReport.Push(
        now.invocation().map(Invocation::replication),
        now.invocation().flatMap(Invocation::pruningSender),
        now.invocation().flatMap(Invocation::pruningReceiver),
        snapshotter.report(),
        now.retryAt(),
        now.problem());
  }

  @Override
  public void wakeup() {
    // In this order: an invocation that has just ended its waits is followed by another one.
    wakeup.raise();
    progress.invocation().ifPresent(Invocation::wakeUp);
  }

  @Override
  public void snapshot() {
    snapshotter.request();
  }

  @Override
  public synchronized void reset() throws SignalRefusedException {
    TaskGroup group = running;
    if (group == null && progress.retryAt().isPresent()) {
      wakeup.cancelWait();
      return;
    }
    if (group == null) {
      throw new SignalRefusedException(
          "job \"%s\" is idle: there is nothing to reset".formatted(settings.id()));
    }
    group.cancel();
  }
}
