package io.zrepl.job;

import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.model.JobId;
import io.zrepl.prune.ListedEndpoint;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PruneRun;
import io.zrepl.prune.PruneSubject;
import io.zrepl.prune.PrunerReport;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.snapshot.Snapshotter;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Takes snapshots and prunes them, without a second side.
 *
 * <pre>
 * state    event                                   next
 * idle     woken: snapshots taken, signal, retry   running: prune
 * running  woken                                   remembered: prunes again afterwards
 * running  pruning over, a failure may pass        idle, and woken after the retry delay
 * idle     reset while such a delay runs           idle, without being woken
 * running  pruning over otherwise                  idle
 * running  reset                                   idle, once everything it started has ended
 * any      interrupted                             ended, likewise
 * </pre>
 */
public final class SnapJob implements Job {
  private final JobSettings.Snap settings;
  private final Zfs zfs;
  private final ActiveSends activeSends;
  private final Clock clock;
  private final RetryDelay retryDelay;
  private final Duration stallLimit;
  private final JobObservers observers;
  private final Snapshotter snapshotter;
  private final Wakeup wakeup = new Wakeup();
  private final Logger log;

  // Written by the job's thread, read by report().
  private volatile Progress progress = new Progress(Optional.empty(), Optional.empty());

  /**
   * How far the job is.
   *
   * @param pruning the current or last one
   * @param retryAt while the job waits to try again, until when
   */
  private record Progress(Optional<PruneRun> pruning, Optional<Instant> retryAt) {}

  // The thread of the pruning that goes on; guarded by this.
  private @Nullable TaskGroup running;

  /**
   * Makes the job.
   *
   * @param locks shared by all jobs of the daemon
   * @param retryDelay how soon it tries again by itself after a failure that may pass
   * @param limits how patient a pruning is
   * @param observers are told what is worth counting
   */
  public SnapJob(
      JobSettings.Snap settings,
      Zfs zfs,
      DatasetLocks locks,
      Clock clock,
      RetryDelay retryDelay,
      RunLimits limits,
      JobObservers observers) {
    this.settings = settings;
    this.zfs = zfs;
    this.activeSends = new ActiveSends(locks, settings.id());
    this.clock = clock;
    this.retryDelay = retryDelay;
    this.stallLimit = limits.stall();
    this.observers = observers;
    this.log = JobLogger.of(SnapJob.class, settings.id());
    this.snapshotter =
        new Snapshotter(
            settings.snapshotting(),
            settings.filesystems(),
            zfs,
            clock,
            wakeup::raise,
            observers.snapshots(),
            JobLogger.of(Snapshotter.class, settings.id()),
            JobLogger.of(Hooks.class, settings.id()));
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    try (TaskGroup background = new TaskGroup(settings.id().toString())) {
      background.fork("snapshotter", snapshotter::run);
      background.fork("earlier snapshots", snapshotter::findEarlierSnapshots);
      int failures = 0;
      while (true) {
        awaitWakeup(failures);
        PrunerReport report = pruneNow();
        boolean mayPass = report.phase() != PrunePhase.DONE && report.temporaryFailure();
        failures = mayPass ? failures + 1 : 0;
      }
    }
  }

  private void awaitWakeup(int failures) throws InterruptedException {
    if (failures == 0) {
      wakeup.await();
      return;
    }
    Duration delay = retryDelay.after(failures);
    progress = new Progress(progress.pruning(), Optional.of(clock.instant().plus(delay)));
    log.atWarn().addKeyValue("delay", delay).log("pruning failed; it is tried again by itself");
    Wakeup.End end = wakeup.await(delay);
    boolean cancelled;
    synchronized (this) { // a reset that saw the wait is not lost, even if it comes at its very end
      progress = new Progress(progress.pruning(), Optional.empty());
      cancelled = wakeup.takeCancellation();
    }
    if (cancelled && end != Wakeup.End.RAISED) {
      wakeup.await();
    }
  }

  /** Prunes on a thread of its own, which {@link #reset} can interrupt. */
  private PrunerReport pruneNow() throws InterruptedException {
    PruneRun current =
        new PruneRun(
            subject(),
            settings.keep(),
            clock,
            observers.pruning(),
            JobLogger.of(PruneRun.class, settings.id()),
            PruneRun.Options.DEFAULT
                .withStallLimit(stallLimit)
                .withHolders(new LocalHolders(zfs, Optional.empty())));
    progress = new Progress(Optional.of(current), Optional.empty());
    try (TaskGroup group = new TaskGroup(settings.id().toString())) {
      synchronized (this) {
        running = group;
        group.fork("pruning", current::run);
      }
      group.await();
    } finally {
      synchronized (this) {
        running = null;
      }
    }
    return current.report();
  }

  /** What it prunes, not listed yet. */
  PruneSubject subject() {
    return new PruneSubject.OfLocal(
        ListedEndpoint.of(
            new LocalSender(
                new SenderSettings(settings.id(), settings.filesystems(), SendFlags.NONE),
                zfs,
                activeSends)));
  }

  @Override
  public JobReport report() {
    Progress now = progress;
    return new JobReport.Snap(
        now.pruning().map(PruneRun::report), snapshotter.report(), now.retryAt());
  }

  /** Prunes; snapshots are what {@link #snapshot} is for. */
  @Override
  public void wakeup() {
    wakeup.raise();
  }

  @Override
  public void prune() {
    wakeup.raise();
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
