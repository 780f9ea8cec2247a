package io.zrepl.job;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.transport.ServeSettings;
import io.zrepl.zfs.Zfs;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;

/** Receives what other jobs push. Each connection gets a receiver with an inventory of its own. */
public final class SinkJob implements Job {
  private final JobSettings.Sink settings;
  private final Zfs zfs;
  private final ReceiveLocks locks;
  private final LocalConnections connections;
  private final BandwidthLimiter limiter;
  private final Logger log;
  private volatile JobReport.Passive report = new JobReport.Passive(Optional.empty());

  /**
   * Makes the job.
   *
   * @param locks shared by all receivers of the daemon
   * @param connections where pushing jobs find it
   */
  public SinkJob(
      JobSettings.Sink settings, Zfs zfs, ReceiveLocks locks, LocalConnections connections) {
    this.settings = settings;
    this.zfs = zfs;
    this.locks = locks;
    this.connections = connections;
    this.limiter = BandwidthLimiter.of(settings.receive().bandwidthLimit());
    this.log = JobLogger.of(SinkJob.class, settings.id());
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    switch (settings.serve()) {
      case ServeSettings.Local local -> serveLocally(local.listenerName());
      case ServeSettings.Tcp _, ServeSettings.Tls _, ServeSettings.Stdinserver _ ->
          throw new IllegalStateException("no such transport yet");
    }
  }

  private void serveLocally(String listenerName) throws InterruptedException {
    LocalConnections.Acceptor accept = this::receiverFor;
    if (!connections.listen(listenerName, accept)) {
      String problem =
          "another sink of this daemon already serves the local listener \"" + listenerName + "\"";
      report = new JobReport.Passive(Optional.of(problem));
      log.atError().log(problem);
      return;
    }
    try {
      log.atInfo().addKeyValue("listener_name", listenerName).log("serving");
      new CountDownLatch(1).await();
    } finally {
      connections.close(listenerName, accept);
    }
  }

  private Receiver receiverFor(ClientIdentity client) throws OperationException {
    return new LocalReceiver(
        new ReceiverSettings(
            settings.id(), settings.rootFilesystem(), Optional.of(client), settings.receive()),
        zfs,
        locks,
        limiter,
        JobLogger.of(LocalReceiver.class, settings.id()));
  }

  @Override
  public JobReport report() {
    return report;
  }

  @Override
  public void wakeup() throws SignalRefusedException {
    throw passive();
  }

  @Override
  public void reset() throws SignalRefusedException {
    throw passive();
  }

  private SignalRefusedException passive() {
    return new SignalRefusedException(
        "job \"%s\" is a sink: it does not run by itself. Signal the push job that sends to it"
            .formatted(settings.id()));
  }
}
