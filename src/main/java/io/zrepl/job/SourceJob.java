package io.zrepl.job;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.model.JobId;
import io.zrepl.rpc.Served;
import io.zrepl.snapshot.Snapshotter;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Takes snapshots and offers them to pull jobs. Each client gets a sender of its own. */
public final class SourceJob implements Job {
  private final JobSettings.Source settings;
  private final Zfs zfs;
  private final ActiveSends activeSends;
  private final BandwidthLimiter limiter;
  private final JobObservers observers;
  private final Snapshotter snapshotter;
  private final CountDownLatch snapshotterEnded = new CountDownLatch(1);
  private final Serving<Sender> serving;

  /**
   * Makes the job.
   *
   * @param locks shared by all jobs of the daemon
   * @param connections where pulling jobs of the same daemon find it
   * @param stdinserverDirectory where the sockets for {@code zrepl stdinserver} lie
   * @param stallLimit how long a hook may do nothing
   * @param observers are told what is worth counting
   */
  public SourceJob(
      JobSettings.Source settings,
      Zfs zfs,
      DatasetLocks locks,
      LocalConnections<Sender> connections,
      Clock clock,
      Path stdinserverDirectory,
      Duration stallLimit,
      JobObservers observers) {
    this.settings = settings;
    this.zfs = zfs;
    this.activeSends = new ActiveSends(locks, settings.id());
    this.observers = observers;
    this.limiter = BandwidthLimiter.of(settings.send().bandwidthLimit());
    this.snapshotter =
        new Snapshotter(
            settings.snapshotting(),
            settings.filesystems(),
            zfs,
            clock,
            stallLimit,
            () -> {},
            observers.snapshots(),
            JobLogger.of(Snapshotter.class, settings.id()),
            JobLogger.of(Hooks.class, settings.id()));
    this.serving =
        new Serving<>(
            settings.id(),
            settings.serve(),
            connections,
            stdinserverDirectory,
            _ -> sender(),
            Served.OfSender::new,
            observers.serving());
  }

  /** A source does not look at who the client is: all see what the filter selects. */
  Sender sender() {
    LocalSender sender =
        new LocalSender(
            new SenderSettings(settings.id(), settings.filesystems(), settings.send().flags()),
            zfs,
            activeSends,
            limiter,
            observers.snapshots()::unmatched,
            JobLogger.of(LocalSender.class, settings.id()));
    return settings.serve().forbidDestroy() ? new KeepingSender(sender) : sender;
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    try (TaskGroup background = new TaskGroup(settings.id().toString())) {
      background.fork("snapshotter", this::takeSnapshots);
      background.fork("earlier snapshots", snapshotter::findEarlierSnapshots);
      serving.run();
      background.await();
    }
  }

  private void takeSnapshots() throws InterruptedException {
    try {
      snapshotter.run();
    } finally {
      snapshotterEnded.countDown();
    }
  }

  @Override
  public boolean finish() {
    snapshotter.finish();
    serving.finish();
    return false;
  }

  @Override
  public void awaitSteps() throws InterruptedException {
    snapshotterEnded.await();
    serving.awaitSteps();
  }

  @Override
  public JobReport report() {
    return new JobReport.Source(snapshotter.report(), serving.problem());
  }

  @Override
  public void wakeup() throws SignalRefusedException {
    throw passive();
  }

  @Override
  public void reset() throws SignalRefusedException {
    throw passive();
  }

  @Override
  public void snapshot() {
    snapshotter.request();
  }

  private SignalRefusedException passive() {
    return new SignalRefusedException(
        "job \"%s\" is a source: it does not replicate by itself. Signal the pull job that fetches from it"
            .formatted(settings.id()));
  }
}
