package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PrunerReport;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.Hold;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.lock.DatasetLocks;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A push job and its sink, on ZFS in memory. */
@Timeout(60)
class PushJobTest {
  private static final String REPLICA = "dst/vault/host/src/data";

  private final FakeZfs zfs = new FakeZfs();
  private final LocalConnections<Receiver> connections = new LocalConnections<>();
  private final TaskGroup running = new TaskGroup("test");
  private final PushJob push;
  private final SinkJob sink;

  PushJobTest() throws InvalidValueException {
    KeepRule keepTwo = new KeepRule.LastN(2, Optional.<Pattern>empty());
    push =
        new PushJob(
            new JobSettings.Push(
                JobId.parse("push"),
                DatasetFilter.of(Map.of("src/data<", true)),
                new ConnectSettings.Local(
                    "vault", ClientIdentity.parse("host"), Duration.ofMillis(1)),
                new SnapshottingSettings.Manual(),
                SendOptions.DEFAULT,
                ReplicationSettings.DEFAULT,
                new PruningSettings(List.of(keepTwo), List.of(keepTwo))),
            zfs,
            DatasetLocks.withinProcess(),
            connections,
            Clock.systemUTC(),
            new RetryDelay(Duration.ofMillis(1), Duration.ofMillis(1)),
            new RunLimits(
                new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)),
                Duration.ofMillis(10),
                Duration.ofMinutes(10)),
            JobObservers.NONE);
    sink =
        new SinkJob(
            new JobSettings.Sink(
                JobId.parse("sink"),
                DatasetPath.of("dst/vault"),
                new ServeSettings.Local("vault"),
                ReceiveOptions.of(PlaceholderEncryption.INHERIT)),
            zfs,
            new ReceiveLocks(),
            connections,
            Path.of("/nowhere"),
            ServingObserver.NONE);
  }

  @BeforeEach
  void makePools() {
    zfs.create("src");
    zfs.create("src/data");
    zfs.create("dst");
    zfs.create("dst/vault");
  }

  @AfterEach
  void stop() {
    running.close();
    assertThat(running.running()).isEmpty();
  }

  private void start(Job... jobs) {
    for (Job job : jobs) {
      running.fork(job.id().toString(), job::run);
    }
  }

  private JobReport.Push report() {
    return (JobReport.Push) push.report();
  }

  private JobReport.Push await(String what, Predicate<JobReport.Push> condition) {
    // a later report may already be that of the next invocation
    return Awaitility.await(what).until(this::report, condition);
  }

  private static boolean isOver(JobReport.Push report) {
    return report.pruningReceiver().map(pruning -> pruning.phase().isTerminal()).orElse(false);
  }

  private static boolean isIdle(JobReport.Push report) {
    return report.pruningReceiver().flatMap(PrunerReport::finishedAt).isPresent();
  }

  private static boolean isDone(JobReport.Push report) {
    return isOver(report)
        && report.replication().orElseThrow().outcome() == ReplicationOutcome.DONE;
  }

  @Test
  void nothingHappensBeforeItIsWoken() {
    start(sink, push);
    assertThat(report().replication()).isEmpty();
    assertThat(report().pruningSender()).isEmpty();
    assertThat(zfs.processCount()).isZero();
  }

  @Test
  void wakeupReplicatesAndPrunesBothSides() {
    zfs.take("src/data@1");
    zfs.take("src/data@2");
    zfs.take("src/data@3");
    start(sink, push);
    push.wakeup();
    JobReport.Push report = await("the invocation is over", PushJobTest::isOver);
    assertThat(report.replication().orElseThrow().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report.pruningSender().orElseThrow().phase()).isEqualTo(PrunePhase.DONE);
    assertThat(report.pruningReceiver().orElseThrow().phase()).isEqualTo(PrunePhase.DONE);
    assertThat(zfs.exists(REPLICA + "@3")).isTrue();
    assertThat(zfs.exists("src/data@1")).as("keeps the last two").isFalse();
    assertThat(zfs.exists("src/data@2")).isTrue();
    assertThat(await("what the receiver has is known", r -> !r.replicas().isEmpty()).replicas())
        .containsOnlyKeys(DatasetPath.of("src/data"));
  }

  @Test
  void failedJobStaysAProblemWhileItIsBeingTriedAgain() throws Exception {
    zfs.exportPool("dst");
    zfs.take("src/data@1");
    start(sink, push);
    push.wakeup();
    await("the failure", report -> report.retryAt().isPresent());
    CountDownLatch listing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    zfs.setFaults(blockOnce(FakeZfs.Operation.DATASETS, listing, goOn));
    listing.await();
    assertThat(report().problem().orElseThrow()).contains("it is being tried again");
    zfs.importPool("dst");
    goOn.countDown();
    await("it succeeds", report -> isDone(report) && report.problem().isEmpty());
  }

  @Test
  void whatTheReceiverHasStaysKnownWhileItIsAway() {
    zfs.take("src/data@1");
    start(sink, push);
    push.wakeup();
    JobReport.Push first = await("the first run", report -> !report.replicas().isEmpty());
    zfs.exportPool("dst");
    zfs.take("src/data@2");
    push.wakeup();
    JobReport.Push failed = await("the failure", report -> report.retryAt().isPresent());
    assertThat(failed.replicas()).isEqualTo(first.replicas());
    zfs.importPool("dst");
    await("the second run", report -> !report.replicas().equals(first.replicas()));
  }

  @Test
  void pruneDoesNotReplicate() throws Exception {
    zfs.take("src/data@1");
    zfs.take("src/data@2");
    zfs.take("src/data@3");
    start(sink, push);
    push.wakeup();
    await("the invocation is over", PushJobTest::isOver);
    zfs.take("src/data@4");
    push.prune();
    Awaitility.await("it keeps the last two").until(() -> !zfs.exists("src/data@2"));
    await(
        "the receiver is pruned too",
        report -> report.pruningReceiver().map(p -> p.finishedAt().isPresent()).orElse(false));
    assertThat(report().replication().orElseThrow().outcome())
        .as("the status still tells of the last replication")
        .isEqualTo(ReplicationOutcome.DONE);
    assertThat(zfs.exists(REPLICA + "@4")).isFalse();
    assertThat(zfs.exists("src/data@3")).isTrue();
  }

  @Test
  void pruningThatFailedIsTriedAgainWithoutReplicating() {
    zfs.take("src/data@1");
    zfs.take("src/data@2");
    zfs.take("src/data@3");
    start(sink, push);
    push.wakeup();
    await("the invocation is over", PushJobTest::isDone);
    zfs.take("src/data@4");
    zfs.exportPool("src");
    push.prune();
    await("pruning fails and is to be tried again", report -> report.retryAt().isPresent());
    zfs.importPool("src");
    Awaitility.await("it is tried again by itself").until(() -> !zfs.exists("src/data@2"));
    await("that is over", report -> isOver(report) && report.retryAt().isEmpty());
    assertThat(zfs.exists(REPLICA + "@4")).as("nothing was replicated").isFalse();
    push.wakeup();
    Awaitility.await("a wakeup replicates").until(() -> zfs.exists(REPLICA + "@4"));
  }

  @Test
  void pruningOnRequestKeepsTheLastCommonSnapshotThoughTheCursorIsNewer() throws Exception {
    zfs.take("src/data@1");
    start(sink, push);
    push.wakeup();
    Awaitility.await("the first arrives").until(() -> zfs.exists(REPLICA + "@1"));
    zfs.take("src/data@2");
    push.wakeup();
    Awaitility.await("the second arrives").until(() -> zfs.exists(REPLICA + "@2"));
    await("the invocation is over", report -> isDone(report) && isIdle(report));
    SnapshotPath newest = SnapshotPath.of(DatasetPath.of(REPLICA), "2");
    for (Hold hold : zfs.holds(List.of(newest))) {
      zfs.release(hold.tag(), List.of(newest));
    }
    zfs.destroyVersion(newest.toString());
    zfs.take("src/data@3");
    zfs.take("src/data@4");
    push.prune();
    Awaitility.await("the sender is pruned").until(() -> !zfs.exists("src/data@2"));
    assertThat(zfs.exists("src/data@1")).as("the only snapshot that both have").isTrue();
    await("the receiver is pruned", PushJobTest::isOver);
    push.wakeup();
    Awaitility.await("the next replication is incremental").until(() -> zfs.exists(REPLICA + "@4"));
  }

  @Test
  void wakeupDuringAnInvocationIsRemembered() throws InterruptedException {
    zfs.take("src/data@1");
    CountDownLatch sending = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    zfs.setFaults(blockOnce(FakeZfs.Operation.SEND, sending, goOn));
    start(sink, push);
    push.wakeup();
    sending.await();
    zfs.take("src/data@2");
    push.wakeup();
    push.wakeup();
    goOn.countDown();
    Awaitility.await("the snapshot taken meanwhile arrives")
        .until(() -> zfs.exists(REPLICA + "@2"));
  }

  @Test
  void resetEndsTheInvocationAndAnotherCanRun() throws Exception {
    zfs.take("src/data@1");
    CountDownLatch sending = new CountDownLatch(1);
    zfs.setFaults(blockOnce(FakeZfs.Operation.SEND, sending, new CountDownLatch(1)));
    start(sink, push);
    push.wakeup();
    sending.await();
    push.reset();
    await(
        "the replication is cancelled",
        report -> report.replication().orElseThrow().outcome() == ReplicationOutcome.CANCELLED);
    assertThat(report().pruningSender()).as("reset skips the other phases").isEmpty();
    await(
        "it counts as failed",
        report -> report.lastEnded().filter(run -> !run.succeeded()).isPresent());
    push.wakeup();
    await("another invocation succeeds", PushJobTest::isDone);
    await(
        "that one counts as done",
        report ->
            report
                .lastEnded()
                .filter(run ->
                    run.succeeded()
                        && run.startedAt().equals(report.replication().orElseThrow().startAt()))
                .isPresent());
    assertThat(zfs.exists(REPLICA + "@1")).isTrue();
  }

  @Test
  void resetOfAnIdleJobIsRefused() {
    assertThatThrownBy(push::reset)
        .isInstanceOf(SignalRefusedException.class)
        .hasMessage("job \"push\" is idle: there is nothing to reset");
  }

  @Test
  void snapshotOnRequestIsReplicated() {
    start(sink, push);
    push.snapshot();
    await("the invocation after it", PushJobTest::isDone);
    assertThat(zfs.versionsOf(REPLICA)).hasSize(1).allMatch(name -> name.startsWith("@zrepl_"));
  }

  @Test
  void snapshotTakenDuringAnInvocationIsReplicatedAfterIt() throws InterruptedException {
    zfs.take("src/data@1");
    CountDownLatch sending = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    zfs.setFaults(blockOnce(FakeZfs.Operation.SEND, sending, goOn));
    start(sink, push);
    push.wakeup();
    sending.await();
    push.snapshot();
    await(
        "the snapshot is taken",
        report -> report.snapshotting().progress().stream().anyMatch(p -> p.doneAt().isPresent()));
    goOn.countDown();
    Awaitility.await("it arrives")
        .until(() -> zfs.versionsOf(REPLICA).stream().anyMatch(name -> name.startsWith("@zrepl_")));
  }

  @Test
  void sinkRefusesSignals() {
    assertThatThrownBy(sink::snapshot).hasMessage("job \"sink\" takes no snapshots");
    assertThatThrownBy(sink::wakeup).hasMessageContaining("does not run by itself");
    assertThatThrownBy(sink::prune).hasMessage("job \"sink\" does not prune");
    assertThatThrownBy(sink::reset).hasMessageContaining("does not run by itself");
  }

  @Test
  void missingPoolIsTriedAgainUntilItIsThere() {
    zfs.take("src/data@1");
    zfs.exportPool("dst");
    start(sink, push);
    push.wakeup();
    JobReport.Push failed =
        await("the failure is reported", report -> report.retryAt().isPresent());
    assertThat(failed.replication().orElseThrow().attempts().getLast().planError().orElseThrow())
        .satisfies(error -> assertThat(error.message()).contains("dst"))
        .satisfies(error -> assertThat(error.temporary()).isTrue());
    zfs.importPool("dst");
    await("the replication succeeds by itself", PushJobTest::isDone);
    assertThat(zfs.exists(REPLICA + "@1")).isTrue();
  }

  @Test
  void withoutASinkTheSenderIsPrunedAllTheSameAndTheSinkIsFoundLater() {
    zfs.take("src/data@1");
    start(sink, push);
    push.wakeup();
    await("the first replication", PushJobTest::isDone);
    running.cancel();
    Awaitility.await().until(() -> running.running().isEmpty());

    zfs.take("src/data@2");
    zfs.take("src/data@3");
    try (TaskGroup alone = new TaskGroup("alone")) {
      alone.fork("push", push::run);
      push.wakeup();
      JobReport.Push report =
          await(
              "an invocation without the sink is over",
              current ->
                  isOver(current)
                      && current.replication().orElseThrow().outcome()
                          == ReplicationOutcome.FAILED);
      assertThat(
              report
                  .replication()
                  .orElseThrow()
                  .attempts()
                  .getLast()
                  .planError()
                  .orElseThrow()
                  .describe())
          .contains("no job of this daemon serves the local listener \"vault\"");
      assertThat(report.pruningSender().orElseThrow().phase()).isEqualTo(PrunePhase.DONE);
      alone.fork("sink", sink::run);
      await("the sink is found", PushJobTest::isDone);
    }
    assertThat(zfs.exists(REPLICA + "@3")).isTrue();
  }

  @Test
  void secondSinkOfTheSameNameSaysSoAndServesNothing() throws InterruptedException {
    SinkJob second =
        new SinkJob(
            new JobSettings.Sink(
                sink.id(),
                DatasetPath.of("dst/other"),
                new ServeSettings.Local("vault"),
                ReceiveOptions.of(PlaceholderEncryption.INHERIT)),
            zfs,
            new ReceiveLocks(),
            connections,
            Path.of("/nowhere"),
            ServingObserver.NONE);
    start(sink);
    Awaitility.await().until(() -> isServing());
    second.run();
    assertThat(((JobReport.Passive) second.report()).problem().orElseThrow())
        .contains("another job of this daemon already serves the local listener \"vault\"");
  }

  private boolean isServing() throws InterruptedException {
    try {
      connections.connect(
          new ConnectSettings.Local("vault", ClientIdentity.parse("probe"), Duration.ofMillis(1)));
      return true;
    } catch (OperationException e) {
      return false;
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Lets the first call of a kind wait, and tells that it does. */
  private static FakeFaults blockOnce(
      FakeZfs.Operation operation, CountDownLatch reached, CountDownLatch goOn) {
    AtomicBoolean blocked = new AtomicBoolean();
    return new FakeFaults() {
      @Override
      public void before(Call call) throws InterruptedException {
        if (call.operation() == operation && blocked.compareAndSet(false, true)) {
          reached.countDown();
          if (!goOn.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody let the call go on");
          }
        }
      }
    };
  }
}
