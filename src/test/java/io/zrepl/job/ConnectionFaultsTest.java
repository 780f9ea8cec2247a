package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.rpc.FaultProxy;
import io.zrepl.rpc.Network;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Whatever happens to a connection, and wherever: the receiver never has a snapshot that the sender
 * does not have, and a later run completes.
 */
@Tag("slow")
@Timeout(300)
class ConnectionFaultsTest {
  private static final int FAULTS = 25;
  private static final int ENOUGH_RUNS = 8;
  private static final RunLimits LIMITS =
      new RunLimits(
          new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)),
          Duration.ofSeconds(2),
          Duration.ofMinutes(10));

  private final FakeZfs web = new FakeZfs();
  private final FakeZfs vault = new FakeZfs();
  private final ReceiveLocks locks = new ReceiveLocks();

  private Sender sender() throws Exception {
    return new LocalSender(
        new SenderSettings(
            JobId.parse("web"), DatasetFilter.of(Map.of("src<", true)), SendFlags.NONE),
        web,
        new ActiveSends(DatasetLocks.withinProcess(), JobId.parse("web")));
  }

  private Receiver receiver() throws Exception {
    return new LocalReceiver(
        new ReceiverSettings(
            JobId.parse("vault"),
            DatasetPath.of("dst"),
            Optional.empty(),
            ReceiveOptions.of(PlaceholderEncryption.INHERIT)),
        vault,
        locks);
  }

  private boolean replicate(Sender sender, Receiver receiver) throws InterruptedException {
    Replication run =
        new Replication(
            ReplicationSettings.DEFAULT,
            sender,
            receiver,
            Clock.systemUTC(),
            RandomGenerator.getDefault(),
            ReplicationObserver.NONE,
            LIMITS,
            LoggerFactory.getLogger(ConnectionFaultsTest.class));
    run.run();
    return run.report().outcome() == ReplicationOutcome.DONE;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void endInACompleteTransfer(boolean push) throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    web.create("src");
    vault.create("dst");
    try (Network network = new Network()) {
      for (int i = 0; i < FAULTS; i++) {
        String snapshot = "src@" + i;
        web.take(snapshot);
        FaultProxy.Kind[] kinds = FaultProxy.Kind.values();
        FaultProxy.Fault fault =
            new FaultProxy.Fault(
                kinds[random.nextInt(kinds.length)],
                random.nextBoolean(),
                random.nextInt(3) == 0 ? random.nextInt(150) : random.nextInt(3000));
        network.proxy().arm(fault, random.nextInt(3));
        String what = "seed %d, snapshot %s, %s".formatted(seed, snapshot, fault);
        int runs = 0;
        while (!vault.exists("dst/" + snapshot)) {
          assertThat(runs++).as(what).isLessThan(ENOUGH_RUNS);
          Sender sender = push ? sender() : network.around(sender());
          Receiver receiver = push ? network.around(receiver()) : receiver();
          replicate(sender, receiver);
        }
      }
    }
  }
}
