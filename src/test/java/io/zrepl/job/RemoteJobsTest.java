package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.TestCertificates;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.lock.DatasetLocks;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of two machines, each with its own ZFS in memory, over real sockets. */
@Tag("slow")
@Timeout(120)
class RemoteJobsTest {
  private static final Duration DIAL = Duration.ofSeconds(5);
  private static final RetryDelay RETRY =
      new RetryDelay(Duration.ofMillis(50), Duration.ofMillis(50));
  private static final RunLimits LIMITS =
      new RunLimits(
          new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)),
          Duration.ofSeconds(10),
          Duration.ofMinutes(10));

  private final FakeZfs web = new FakeZfs();
  private final FakeZfs vault = new FakeZfs();
  private final TaskGroup running = new TaskGroup("test");
  private final KeepRule keepTwo = new KeepRule.LastN(2, Optional.<Pattern>empty());
  private final int port = freePort();
  private final LocalConnections<Sender> sources = new LocalConnections<>();
  @TempDir private Path folder;

  private static int freePort() {
    try (ServerSocket socket = FreePort.bind()) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void makePools() {
    web.create("src");
    web.create("src/data");
    web.create("src/data/inner");
    vault.create("dst");
    vault.create("dst/vault");
    for (String snapshot : List.of("@1", "@2", "@3")) {
      web.take("src/data" + snapshot);
      web.take("src/data/inner" + snapshot);
    }
  }

  @AfterEach
  void stop() {
    running.close();
  }

  private void start(Job... jobs) {
    for (Job job : jobs) {
      running.fork(job.id().toString(), job::run);
    }
  }

  private ConnectSettings tcpConnect() throws InvalidValueException {
    return new ConnectSettings.Tcp(HostAndPort.parse("127.0.0.1:" + port), DIAL);
  }

  private ServeSettings tcpServe() throws InvalidValueException {
    return new ServeSettings.Tcp(
        HostAndPort.parse("127.0.0.1:" + port),
        false,
        ClientAddresses.of(Map.of("127.0.0.1", "web")));
  }

  private PushJob push(ConnectSettings connect) throws InvalidValueException {
    return new PushJob(
        new JobSettings.Push(
            JobId.parse("push"),
            DatasetFilter.of(Map.of("src/data<", true)),
            connect,
            new SnapshottingSettings.Manual(),
            SendOptions.DEFAULT,
            ReplicationSettings.DEFAULT,
            new PruningSettings(List.of(keepTwo), List.of(keepTwo))),
        web,
        DatasetLocks.withinProcess(),
        new LocalConnections<>(),
        Clock.systemUTC(),
        RETRY,
        LIMITS,
        JobObservers.NONE);
  }

  private SinkJob sink(ServeSettings serve) throws InvalidValueException {
    return new SinkJob(
        new JobSettings.Sink(
            JobId.parse("sink"),
            DatasetPath.of("dst/vault"),
            serve,
            ReceiveOptions.of(PlaceholderEncryption.INHERIT)),
        vault,
        new ReceiveLocks(),
        new LocalConnections<>(),
        folder,
        ServingObserver.NONE);
  }

  private SourceJob source(ServeSettings serve) throws InvalidValueException {
    return new SourceJob(
        new JobSettings.Source(
            JobId.parse("source"),
            DatasetFilter.of(Map.of("src/data<", true)),
            serve,
            new SnapshottingSettings.Manual(),
            SendOptions.DEFAULT),
        web,
        DatasetLocks.withinProcess(),
        sources,
        Clock.systemUTC(),
        folder,
        RunLimits.DEFAULT.stall(),
        JobObservers.NONE);
  }

  private PullJob pull(ConnectSettings connect, Optional<Duration> interval, Sleeper sleeper)
      throws InvalidValueException {
    return new PullJob(
        new JobSettings.Pull(
            JobId.parse("pull"),
            DatasetPath.of("dst/vault"),
            connect,
            interval,
            ReceiveOptions.of(PlaceholderEncryption.INHERIT),
            ReplicationSettings.DEFAULT,
            new PruningSettings(List.of(keepTwo), List.of(keepTwo))),
        vault,
        new ReceiveLocks(),
        sources,
        Clock.systemUTC(),
        sleeper,
        RETRY,
        LIMITS,
        JobObservers.NONE);
  }

  private static boolean isDone(Optional<ReplicationReport> replication) {
    return replication.map(ReplicationReport::outcome).equals(Optional.of(ReplicationOutcome.DONE));
  }

  private static void awaitDone(PushJob job) {
    Awaitility.await("pushed and pruned")
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          JobReport.Push report = (JobReport.Push) job.report();
          return isDone(report.replication())
              && report.pruningReceiver().map(run -> run.phase().isTerminal()).orElse(false);
        });
  }

  private static void awaitDone(PullJob job) {
    Awaitility.await("pulled and pruned")
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          JobReport.Pull report = (JobReport.Pull) job.report();
          return isDone(report.replication())
              && report.pruningReceiver().map(run -> run.phase().isTerminal()).orElse(false);
        });
  }

  private void assertReplicated(String replica) {
    for (String filesystem : List.of("", "/inner")) {
      assertThat(vault.exists(replica + filesystem + "@3")).isTrue();
      assertThat(web.exists("src/data" + filesystem + "@1")).as("keeps the last two").isFalse();
    }
  }

  @Test
  void pushesOverTcp() throws InvalidValueException {
    PushJob push = push(tcpConnect());
    start(sink(tcpServe()), push);
    push.wakeup();
    awaitDone(push);
    assertReplicated("dst/vault/web/src/data");
    web.take("src/data@4");
    push.wakeup();
    Awaitility.await().until(() -> vault.exists("dst/vault/web/src/data@4"));
  }

  @Test
  void pullsOverTcp() throws InvalidValueException {
    PullJob pull = pull(tcpConnect(), Optional.empty(), Sleeper.SYSTEM);
    start(source(tcpServe()), pull);
    pull.wakeup();
    awaitDone(pull);
    assertReplicated("dst/vault/src/data");
  }

  @Test
  void clientMayNotDestroyWhereItIsForbidden() throws InvalidValueException {
    PullJob pull = pull(tcpConnect(), Optional.empty(), Sleeper.SYSTEM);
    start(
        source(
            new ServeSettings.Tcp(
                HostAndPort.parse("127.0.0.1:" + port),
                false,
                ClientAddresses.of(Map.of("127.0.0.1", "web")),
                true)),
        pull);
    pull.wakeup();
    awaitDone(pull);
    assertThat(vault.exists("dst/vault/src/data@3")).isTrue();
    assertThat(web.exists("src/data@1")).as("would not be kept otherwise").isTrue();
    assertThat(((JobReport.Pull) pull.report()).pruningSender().orElseThrow().completed())
        .anySatisfy(filesystem -> assertThat(filesystem.lastError()).contains("forbid_destroy"));
  }

  @Test
  void pullsFromASourceOfTheSameDaemon() throws InvalidValueException {
    PullJob pull =
        pull(
            new ConnectSettings.Local("web", ClientIdentity.parse("vault"), DIAL),
            Optional.empty(),
            Sleeper.SYSTEM);
    start(source(new ServeSettings.Local("web")), pull);
    pull.wakeup();
    awaitDone(pull);
    assertReplicated("dst/vault/src/data");
  }

  @Test
  void serverThatIsNotThereIsToldAndTriedAgain() throws InvalidValueException {
    PushJob push = push(tcpConnect());
    start(push);
    push.wakeup();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> push.report().toString().contains("Connection refused"));
    start(sink(tcpServe()));
    awaitDone(push);
    assertReplicated("dst/vault/web/src/data");
  }

  @Test
  void pullsAfterEachInterval() throws InvalidValueException {
    CountDownLatch firstInterval = new CountDownLatch(1);
    List<Duration> waits = new CopyOnWriteArrayList<>();
    Sleeper once =
        time -> {
          waits.add(time);
          (waits.size() == 1 ? firstInterval : new CountDownLatch(1)).await();
        };
    PullJob pull = pull(tcpConnect(), Optional.of(Duration.ofHours(1)), once);
    start(source(tcpServe()), pull);
    assertThat(((JobReport.Pull) pull.report()).replication()).isEmpty();
    firstInterval.countDown();
    awaitDone(pull);
    assertReplicated("dst/vault/src/data");
    assertThat(waits).startsWith(Duration.ofHours(1));
  }

  @Test
  void pushesOverTls() throws Exception {
    TestCertificates.Pair pair = TestCertificates.pair(folder);
    PushJob push =
        push(
            new ConnectSettings.Tls(
                HostAndPort.parse("127.0.0.1:" + port), pair.client(), "vault.example", DIAL));
    start(
        sink(
            new ServeSettings.Tls(
                HostAndPort.parse("127.0.0.1:" + port),
                false,
                pair.server(),
                List.of(ClientIdentity.parse("web")),
                Duration.ofSeconds(10))),
        push);
    push.wakeup();
    awaitDone(push);
    assertReplicated("dst/vault/web/src/data");
  }

  @Test
  void sinkThatIsToEndLetsTheRunningTransferEndAndBeginsNoOther() throws Exception {
    CountDownLatch receiving = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    vault.setFaults(
        new FakeFaults() {
          @Override
          public void before(Call call) throws InterruptedException {
            if (call.operation() == FakeZfs.Operation.RECEIVE) {
              receiving.countDown();
              goOn.await();
            }
          }
        });
    SinkJob sink = sink(tcpServe());
    PushJob push = push(tcpConnect());
    start(sink, push);
    push.wakeup();
    receiving.await();
    assertThat(sink.finish()).isFalse();
    Thread ending =
        Thread.ofVirtual()
            .start(() -> {
              try {
                sink.awaitSteps();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(ending.join(Duration.ofMillis(300))).as("while it receives").isFalse();
    goOn.countDown();
    ending.join();
    assertThat(vault.exists("dst/vault/web/src/data@3")).isTrue();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> push.report().toString().contains("begins no more steps"));
    assertThat(vault.exists("dst/vault/web/src/data/inner@3")).isFalse();
  }
}
