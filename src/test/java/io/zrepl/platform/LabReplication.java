package io.zrepl.platform;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.SteadyClock;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.lab.Guest;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.LoggerFactory;

/**
 * Replications of one sender job and one receiver job on the guest's ZFS, in the JVM of the test.
 * Each {@link #run} makes new endpoints, as after a restart of the daemon, and makes one attempt
 * with one step slot and one size estimate at a time. The fields may be changed between runs.
 *
 * <p>By default "src/s" and all below it is replicated to below "dst/r".
 */
class LabReplication implements AutoCloseable {
  static final ReplicationProtection RESUMABILITY = both(ReplicationGuarantee.RESUMABILITY);
  static final ReplicationProtection INCREMENTAL = both(ReplicationGuarantee.INCREMENTAL);
  static final ReplicationProtection NOTHING = both(ReplicationGuarantee.NOTHING);

  private final ProcessCommandRunner runner;

  /** The guest's ZFS as the program sees it. */
  final Zfs zfs;

  /** What each side uses; root's unless a test says otherwise. */
  Zfs zfsOfSender;

  Zfs zfsOfReceiver;

  /** Shared by all receivers, as in the daemon. */
  final ReceiveLocks locks = new ReceiveLocks();

  String senderJob = "sender-job";
  String receiverJob = "receiver-job";
  Map<String, Boolean> filter = Map.of("src/s<", true);
  SendFlags flags = SendFlags.NONE;
  String root = "dst/r";
  Optional<String> client = Optional.empty();
  ReceiveOptions options = ReceiveOptions.of(PlaceholderEncryption.INHERIT);
  InitialReplication initial = InitialReplication.MOST_RECENT;
  ReplicationProtection protection = RESUMABILITY;

  /** What tests put around the endpoints, see {@link Disturbances}. */
  UnaryOperator<Sender> aroundSender = UnaryOperator.identity();

  UnaryOperator<Receiver> aroundReceiver = UnaryOperator.identity();

  LabReplication(Guest guest) {
    runner = guest.commandRunner();
    zfs = new ZfsCommands(runner);
    zfsOfSender = zfs;
    zfsOfReceiver = zfs;
  }

  static ReplicationProtection both(ReplicationGuarantee guarantee) {
    return new ReplicationProtection(guarantee, guarantee);
  }

  LocalSender newSender() {
    return new LocalSender(
        new SenderSettings(job(senderJob), filter(), flags),
        zfsOfSender,
        new ActiveSends(DatasetLocks.withinProcess(), job(senderJob)));
  }

  LocalReceiver newReceiver() {
    try {
      return new LocalReceiver(
          new ReceiverSettings(
              job(receiverJob),
              DatasetPath.of(root),
              client.map(LabReplication::identity),
              options),
          zfsOfReceiver,
          locks);
    } catch (OperationException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private DatasetFilter filter() {
    try {
      return DatasetFilter.of(filter);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static JobId job(String name) {
    try {
      return JobId.parse(name);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ClientIdentity identity(String name) {
    try {
      return ClientIdentity.parse(name);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** One run with new endpoints. */
  RunResult run() throws InterruptedException {
    return run(1);
  }

  /** One run with new endpoints, and so many tries for what fails temporarily. */
  RunResult run(int tries) throws InterruptedException {
    return run(aroundSender.apply(newSender()), aroundReceiver.apply(newReceiver()), tries);
  }

  /** One run between given endpoints. */
  RunResult run(Sender sender, Receiver receiver) throws InterruptedException {
    return run(sender, receiver, 1);
  }

  private RunResult run(Sender sender, Receiver receiver, int tries) throws InterruptedException {
    Replication replication =
        new Replication(
            new ReplicationSettings(protection, 1, 1, initial),
            sender,
            receiver,
            new SteadyClock(Clock.systemUTC()),
            RandomGenerator.getDefault(),
            ReplicationObserver.NONE,
            RunLimits.DEFAULT.withRetries(
                new RetryPolicy(tries, Duration.ofMillis(1), Duration.ofMillis(1))),
            LoggerFactory.getLogger(LabReplication.class));
    replication.run();
    return new RunResult(replication.report().attempts().getLast());
  }

  /** A run in which nothing may fail. */
  RunResult runWell() throws InterruptedException {
    RunResult result = run();
    result.requireSuccess();
    return result;
  }

  /** Kills what may still run. */
  @Override
  public void close() {
    runner.close();
  }
}
