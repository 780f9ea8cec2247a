package io.zrepl.job;

import io.zrepl.base.RepeatedWork;
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
import java.util.Optional;

/**
 * Takes snapshots and prunes them, without a second side: whenever snapshots were taken, or a
 * signal says so; {@link RunLoop} says how prunings follow each other.
 */
public final class SnapJob implements Job {
  private final JobSettings.Snap settings;
  private final Zfs zfs;
  private final ActiveSends activeSends;
  private final Clock clock;
  private final Duration stallLimit;
  private final JobObservers observers;
  private final Snapshotter snapshotter;
  private final RunLoop loop;

  // Written by the job's thread, read by report(): the current or last one.
  private volatile Optional<PruneRun> pruning = Optional.empty();
  private volatile Optional<EndedRun> lastEnded = Optional.empty();

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
    this.stallLimit = limits.stall();
    this.observers = observers;
    this.loop =
        new RunLoop(
            settings.id(),
            "the last pruning",
            clock,
            retryDelay,
            JobLogger.of(SnapJob.class, settings.id()));
    this.snapshotter =
        new Snapshotter(
            settings.snapshotting(),
            settings.filesystems(),
            zfs,
            clock,
            limits.stall(),
            loop::raise,
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
      loop.run(_ -> pruneNow());
      background.await();
    }
  }

  /** Prunes on a thread of its own, which {@link #reset} can interrupt. */
  private RunLoop.Outcome pruneNow() throws InterruptedException {
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
    pruning = Optional.of(current);
    if (loop.isFinishing()) {
      current.finish();
    }
    try {
      loop.resettable("pruning", current::run);
    } finally {
      PrunerReport end = current.report();
      end.startedAt()
          .ifPresent(start ->
              lastEnded = Optional.of(new EndedRun(start, end.phase() == PrunePhase.DONE)));
    }
    PrunerReport report = current.report();
    JobLogger.of(SnapJob.class, settings.id())
        .atInfo()
        .addMarker(RepeatedWork.roundEnded(report.phase().isPlanned()))
        .addKeyValue("outcome", report.phase() == PrunePhase.DONE ? "done" : "failed")
        .log("pruning is over");
    if (report.phase() == PrunePhase.DONE) {
      return RunLoop.Outcome.DONE;
    }
    return report.temporaryFailure() ? RunLoop.Outcome.FAILED_MAY_PASS : RunLoop.Outcome.FAILED;
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
    // First, so that a run that seems to go on below has not ended here.
    Optional<EndedRun> ended = lastEnded;
    return new JobReport.Snap(
        pruning.map(PruneRun::report), snapshotter.report(), loop.retryAt(), loop.problem(), ended);
  }

  /** Prunes; snapshots are what {@link #snapshot} is for. */
  @Override
  public void wakeup() {
    loop.raise();
  }

  @Override
  public void prune() {
    loop.raise();
  }

  @Override
  public void snapshot() {
    snapshotter.request();
  }

  @Override
  public boolean finish() {
    snapshotter.finish();
    // In this order: a pruning that begins now sees it, or is seen here.
    loop.finish();
    pruning.ifPresent(PruneRun::finish);
    return true;
  }

  @Override
  public void reset() throws SignalRefusedException {
    loop.reset();
  }
}
