package io.zrepl.job;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.model.JobId;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.rpc.RemoteReceiver;
import io.zrepl.snapshot.Snapshotter;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.Transports;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.util.Optional;

/** Takes snapshots and pushes them to a sink; {@link InvocationLoop} says when. */
public final class PushJob implements Job {
  private final JobSettings.Push settings;
  private final Zfs zfs;
  private final LocalConnections<Receiver> connections;
  private final Snapshotter snapshotter;
  private final ActiveSends activeSends;
  private final BandwidthLimiter limiter;
  private final JobObservers observers;
  private final InvocationLoop invocations;

  /**
   * Makes the job.
   *
   * @param locks shared by all jobs of the daemon
   * @param connections where it finds a sink of the same daemon
   * @param retryDelay how soon it tries again by itself after a failure that may pass
   * @param limits how patient a replication is within one invocation
   * @param observers are told what is worth counting
   */
  public PushJob(
      JobSettings.Push settings,
      Zfs zfs,
      DatasetLocks locks,
      LocalConnections<Receiver> connections,
      Clock clock,
      RetryDelay retryDelay,
      RunLimits limits,
      JobObservers observers) {
    this.settings = settings;
    this.zfs = zfs;
    this.activeSends = new ActiveSends(locks, settings.id());
    this.connections = connections;
    this.observers = observers;
    this.limiter = BandwidthLimiter.of(settings.send().bandwidthLimit());
    this.invocations =
        new InvocationLoop(
            settings.id(),
            this::sides,
            settings.replication(),
            settings.pruning(),
            clock,
            retryDelay,
            limits,
            observers,
            JobLogger.of(PushJob.class, settings.id()));
    this.snapshotter =
        new Snapshotter(
            settings.snapshotting(),
            settings.filesystems(),
            zfs,
            clock,
            limits.stall(),
            invocations::raise,
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
      invocations.run();
      background.await();
    }
  }

  /** The two sides, not connected yet. */
  Sides sides() {
    return connected().withSenderHolders(new LocalHolders(zfs, Optional.empty()));
  }

  private Sides connected() {
    LocalSender sender =
        new LocalSender(
            new SenderSettings(settings.id(), settings.filesystems(), settings.send().flags()),
            zfs,
            activeSends,
            limiter,
            observers.snapshots()::unmatched,
            JobLogger.of(LocalSender.class, settings.id()));
    return switch (settings.connect()) {
      case ConnectSettings.Local local ->
          Sides.unconnected(sender, new ConnectingReceiver(() -> connections.connect(local)));
      case ConnectSettings.Tcp _, ConnectSettings.Tls _, ConnectSettings.Ssh _ -> {
        RemoteReceiver receiver = new RemoteReceiver(Transports.connector(settings.connect()));
        yield new Sides(sender, receiver, receiver::close);
      }
    };
  }

  @Override
  public JobReport report() {
    InvocationLoop.Progress now = invocations.progress();
    return new JobReport.Push(
        now.replication().map(Replication::report),
        now.invocation().flatMap(Invocation::pruningSender),
        now.invocation().flatMap(Invocation::pruningReceiver),
        now.replicas(),
        snapshotter.report(),
        now.retryAt(),
        now.problem(),
        now.lastEnded());
  }

  @Override
  public void wakeup() {
    invocations.wakeup();
  }

  @Override
  public void snapshot() {
    snapshotter.request();
  }

  @Override
  public void prune() {
    invocations.prune();
  }

  @Override
  public boolean finish() {
    snapshotter.finish();
    invocations.finish();
    return true;
  }

  @Override
  public void reset() throws SignalRefusedException {
    invocations.reset();
  }
}
