package io.zrepl.job;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.rpc.RemoteSender;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.Transports;
import io.zrepl.zfs.Zfs;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Fetches from a source, at intervals; {@link InvocationLoop} says the rest. */
public final class PullJob implements Job {
  private final JobSettings.Pull settings;
  private final Zfs zfs;
  private final ReceiveLocks locks;
  private final LocalConnections<Sender> connections;
  private final Sleeper sleeper;
  private final BandwidthLimiter limiter;
  private final InvocationLoop invocations;

  /**
   * Makes the job.
   *
   * @param locks shared by all receivers of the daemon
   * @param connections where it finds a source of the same daemon
   * @param sleeper waits from one invocation to the next
   * @param retryDelay how soon it tries again by itself after a failure that may pass
   * @param limits how patient a replication is within one invocation
   * @param observers are told what is worth counting
   */
  public PullJob(
      JobSettings.Pull settings,
      Zfs zfs,
      ReceiveLocks locks,
      LocalConnections<Sender> connections,
      Clock clock,
      Sleeper sleeper,
      RetryDelay retryDelay,
      RunLimits limits,
      JobObservers observers) {
    this.settings = settings;
    this.zfs = zfs;
    this.locks = locks;
    this.connections = connections;
    this.sleeper = sleeper;
    this.limiter = BandwidthLimiter.of(settings.receive().bandwidthLimit());
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
            JobLogger.of(PullJob.class, settings.id()));
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    try (TaskGroup background = new TaskGroup(settings.id().toString())) {
      settings.interval().ifPresent(interval -> background.fork("interval", () -> tick(interval)));
      invocations.run();
    }
  }

  /** The first time after one interval. What comes while the job runs is remembered, once. */
  private void tick(Duration interval) throws InterruptedException {
    while (true) {
      sleeper.sleep(interval);
      invocations.raise();
    }
  }

  /** The two sides, not connected yet. */
  Sides sides() {
    return connected()
        .withReceiverHolders(new LocalHolders(zfs, Optional.of(settings.rootFilesystem())));
  }

  private Sides connected() {
    LocalReceiver receiver;
    try {
      receiver =
          new LocalReceiver(
              new ReceiverSettings(
                  settings.id(), settings.rootFilesystem(), Optional.empty(), settings.receive()),
              zfs,
              locks,
              limiter,
              JobLogger.of(LocalReceiver.class, settings.id()));
    } catch (OperationException e) {
      throw new IllegalStateException("without a client, root_fs itself is the root", e);
    }
    return switch (settings.connect()) {
      case ConnectSettings.Local local ->
          Sides.unconnected(new ConnectingSender(() -> connections.connect(local)), receiver);
      case ConnectSettings.Tcp _, ConnectSettings.Tls _, ConnectSettings.Ssh _ -> {
        RemoteSender sender = new RemoteSender(Transports.connector(settings.connect()));
        yield new Sides(sender, receiver, sender::close);
      }
    };
  }

  @Override
  public JobReport report() {
    InvocationLoop.Progress now = invocations.progress();
    return new JobReport.Pull(
        now.replication().map(Replication::report),
        now.invocation().flatMap(Invocation::pruningSender),
        now.invocation().flatMap(Invocation::pruningReceiver),
        now.replicas(),
        now.retryAt(),
        now.problem(),
        now.lastEnded());
  }

  @Override
  public void wakeup() {
    invocations.wakeup();
  }

  @Override
  public void prune() {
    invocations.prune();
  }

  @Override
  public boolean finish() {
    invocations.finish();
    return true;
  }

  @Override
  public void reset() throws SignalRefusedException {
    invocations.reset();
  }
}
