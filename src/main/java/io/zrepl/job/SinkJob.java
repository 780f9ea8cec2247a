package io.zrepl.job;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.endpoint.local.StreamInspection;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Served;
import io.zrepl.zfs.Zfs;
import java.nio.file.Path;
import java.util.Optional;

/** Receives what other jobs push. Each connection gets a receiver with an inventory of its own. */
public final class SinkJob implements Job {
  private final JobSettings.Sink settings;
  private final Zfs zfs;
  private final ReceiveLocks locks;
  private final BandwidthLimiter limiter;
  private final Serving<Receiver> serving;

  /**
   * Makes the job.
   *
   * @param locks shared by all receivers of the daemon
   * @param connections where pushing jobs of the same daemon find it
   * @param stdinserverDirectory where the sockets for {@code zrepl stdinserver} lie
   * @param observer is told what is worth counting
   */
  public SinkJob(
      JobSettings.Sink settings,
      Zfs zfs,
      ReceiveLocks locks,
      LocalConnections<Receiver> connections,
      Path stdinserverDirectory,
      ServingObserver observer) {
    this.settings = settings;
    this.zfs = zfs;
    this.locks = locks;
    this.limiter = BandwidthLimiter.of(settings.receive().bandwidthLimit());
    this.serving =
        new Serving<>(
            settings.id(),
            settings.serve(),
            connections,
            stdinserverDirectory,
            this::receiverFor,
            receiver -> new Served.OfReceiver(receiver, SinkJob::inspect),
            observer);
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    serving.run();
  }

  @Override
  public boolean finish() {
    serving.finish();
    return false;
  }

  @Override
  public void awaitSteps() throws InterruptedException {
    serving.awaitSteps();
  }

  /** What a client works with. */
  Receiver receiverFor(ClientIdentity client) throws OperationException {
    LocalReceiver receiver =
        new LocalReceiver(
            new ReceiverSettings(
                settings.id(),
                settings.rootFilesystem(),
                Optional.of(client),
                settings.receive(),
                settings.serve().forbidDestroy()),
            zfs,
            locks,
            limiter,
            JobLogger.of(LocalReceiver.class, settings.id()));
    return settings.serve().forbidDestroy() ? new KeepingReceiver(receiver) : receiver;
  }

  private static Served.Inspected inspect(SendStream stream) {
    StreamInspection inspection = StreamInspection.of(stream);
    return new Served.Inspected(inspection.fullStream(), inspection.stream());
  }

  @Override
  public JobReport report() {
    return new JobReport.Passive(serving.problem());
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
