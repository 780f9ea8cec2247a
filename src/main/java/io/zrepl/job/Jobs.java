package io.zrepl.job;

import io.zrepl.base.Sleeper;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.model.JobId;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Function;

/** Makes the jobs of a daemon, which find each other. May be used by any thread. */
public final class Jobs {
  private final Function<JobId, Zfs> zfs;
  private final DatasetLocks locks;
  private final RunLimits limits;
  private final Function<JobId, JobObservers> observers;
  private final Path stdinserverDirectory;
  private final Clock clock;
  private final LocalConnections<Receiver> sinks = new LocalConnections<>();
  private final LocalConnections<Sender> sources = new LocalConnections<>();
  private final ReceiveLocks receiveLocks;

  /**
   * Prepares the making of jobs.
   *
   * @param zfs access to ZFS on behalf of a job
   * @param locks keeps the jobs apart where they work on the same dataset
   * @param limits how patient an invocation is
   * @param observers are told what is worth counting of a job
   * @param stdinserverDirectory where the sockets for {@code zrepl stdinserver} lie
   */
  public Jobs(
      Function<JobId, Zfs> zfs,
      DatasetLocks locks,
      RunLimits limits,
      Function<JobId, JobObservers> observers,
      Path stdinserverDirectory,
      Clock clock) {
    this.zfs = zfs;
    this.locks = locks;
    this.limits = limits;
    this.observers = observers;
    this.stdinserverDirectory = stdinserverDirectory;
    this.clock = clock;
    this.receiveLocks = new ReceiveLocks(locks);
  }

  /** Makes a job; nothing of it runs yet. */
  public Job of(JobSettings settings) {
    return switch (settings) {
      case JobSettings.Push push ->
          new PushJob(
              push,
              zfs.apply(push.id()),
              locks,
              sinks,
              clock,
              RetryDelay.DEFAULT,
              limits,
              observers.apply(push.id()));
      case JobSettings.Sink sink ->
          new SinkJob(
              sink,
              zfs.apply(sink.id()),
              receiveLocks,
              sinks,
              stdinserverDirectory,
              observers.apply(sink.id()).serving());
      case JobSettings.Pull pull ->
          new PullJob(
              pull,
              zfs.apply(pull.id()),
              receiveLocks,
              sources,
              clock,
              Sleeper.SYSTEM,
              RetryDelay.DEFAULT,
              limits,
              observers.apply(pull.id()));
      case JobSettings.Source source ->
          new SourceJob(
              source,
              zfs.apply(source.id()),
              locks,
              sources,
              clock,
              stdinserverDirectory,
              limits.stall(),
              observers.apply(source.id()));
      case JobSettings.Snap snap ->
          new SnapJob(
              snap,
              zfs.apply(snap.id()),
              locks,
              clock,
              RetryDelay.DEFAULT,
              limits,
              observers.apply(snap.id()));
      case JobSettings.Unusable unusable -> new UnusableJob(unusable);
    };
  }
}
