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
import io.zrepl.replicate.report.ReplicationReport;
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
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.LoggerFactory;

/** Two fakes of ZFS with a whole network between them, in which something goes wrong. */
final class ReplicationThroughFaults implements AutoCloseable {
  private static final int ENOUGH_RUNS = 8;
  private static final RunLimits LIMITS =
      new RunLimits(
          new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)),
          Duration.ofSeconds(5),
          // An answer that got lost, without anything else being wrong, looks like one that takes
          // long.
          Duration.ofSeconds(20));

  /** What changes no bytes: a peer that is not what it seems cannot be the reason. */
  private static final Set<FaultProxy.Kind> HONEST =
      Set.of(
          FaultProxy.Kind.CUT,
          FaultProxy.Kind.RESET,
          FaultProxy.Kind.TRUNCATE,
          FaultProxy.Kind.DELAY);

  private final FakeZfs web = new FakeZfs();
  private final FakeZfs vault = new FakeZfs();
  private final ReceiveLocks locks = new ReceiveLocks();
  private final Network network;
  private final boolean push;

  /**
   * Makes both, without snapshots.
   *
   * @param network closed with this
   * @param push whether the sender connects
   */
  ReplicationThroughFaults(Network network, boolean push) {
    this.network = network;
    this.push = push;
    web.create("src");
    vault.create("dst");
  }

  FaultProxy proxy() {
    return network.proxy();
  }

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

  private ReplicationReport run() throws Exception {
    Replication run =
        new Replication(
            ReplicationSettings.DEFAULT,
            push ? sender() : network.around(sender()),
            push ? network.around(receiver()) : receiver(),
            Clock.systemUTC(),
            RandomGenerator.getDefault(),
            ReplicationObserver.NONE,
            LIMITS,
            LoggerFactory.getLogger(ReplicationThroughFaults.class));
    run.run();
    return run.report();
  }

  /** A replication of a new snapshot in which nothing goes wrong. */
  void replicate(String name) throws Exception {
    web.take("src@" + name);
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  /**
   * Replicates a new snapshot, whatever happens: what fails may be tried again, and then completes.
   *
   * @param kind what goes wrong
   * @param encrypted whether no change of a byte can go unnoticed
   * @param what for messages
   */
  void replicateAtLast(String name, FaultProxy.Kind kind, boolean encrypted, String what)
      throws Exception {
    web.take("src@" + name);
    int runs = 0;
    while (!vault.exists("dst/src@" + name)) {
      assertThat(runs++).as(what).isLessThan(ENOUGH_RUNS);
      ReplicationReport report = run();
      if (report.outcome() != ReplicationOutcome.DONE && (encrypted || HONEST.contains(kind))) {
        assertThat(report.hasTemporaryFailure()).as("%s: %s", what, report).isTrue();
      }
    }
    for (String version : vault.versionsOf("dst/src")) {
      assertThat(web.exists("src" + version.substring(version.indexOf('@'))))
          .as("%s: the sender has %s too", what, version)
          .isTrue();
    }
    assertThat(List.of(vault.version("dst/src@" + name).guid()))
        .as(what)
        .containsExactly(web.version("src@" + name).guid());
  }

  @Override
  public void close() throws IOException {
    network.close();
  }
}
