package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.FailureScope;
import io.zrepl.model.JobId;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PrunePhase;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A snap job on ZFS in memory. */
@Timeout(60)
class SnapJobTest {
  private final FakeZfs zfs = new FakeZfs();
  private final TaskGroup running = new TaskGroup("test");

  @BeforeEach
  void makePool() {
    zfs.create("tank");
    zfs.create("tank/home");
    zfs.create("tank/other");
  }

  @AfterEach
  void stop() {
    running.close();
    assertThat(running.running()).isEmpty();
  }

  /** Keeps the last two snapshots. */
  private SnapJob job(SnapshottingSettings snapshotting, RetryDelay delay) {
    try {
      return new SnapJob(
          new JobSettings.Snap(
              JobId.parse("snap"),
              DatasetFilter.of(Map.of("tank/home<", true)),
              snapshotting,
              List.of(new KeepRule.LastN(2, Optional.<Pattern>empty()))),
          zfs,
          DatasetLocks.withinProcess(),
          Clock.systemUTC(),
          delay,
          RunLimits.DEFAULT,
          JobObservers.NONE);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private SnapJob start(SnapshottingSettings snapshotting, RetryDelay delay) {
    SnapJob job = job(snapshotting, delay);
    running.fork("snap", job::run);
    return job;
  }

  private SnapJob start() {
    return start(new SnapshottingSettings.Manual(), RetryDelay.DEFAULT);
  }

  private static JobReport.Snap await(
      SnapJob job, String what, Predicate<JobReport.Snap> condition) {
    return Awaitility.await(what).until(() -> (JobReport.Snap) job.report(), condition);
  }

  private static boolean isPruned(JobReport.Snap report) {
    return report.pruning().map(pruning -> pruning.phase() == PrunePhase.DONE).orElse(false);
  }

  @Test
  void wakeupPrunesAndTakesNoSnapshot() {
    for (String name : List.of("1", "2", "3")) {
      zfs.take("tank/home@" + name);
      zfs.take("tank/other@" + name);
    }
    SnapJob job = start();
    assertThat(((JobReport.Snap) job.report()).pruning()).isEmpty();
    job.wakeup();
    await(job, "pruned", SnapJobTest::isPruned);
    assertThat(zfs.versionsOf("tank/home")).containsExactly("@2", "@3");
    assertThat(zfs.versionsOf("tank/other")).as("not selected").hasSize(3);
  }

  @Test
  void prunesAfterSnapshots() throws InvalidValueException {
    zfs.take("tank/home@1");
    zfs.take("tank/home@2");
    SnapJob job =
        start(
            new SnapshottingSettings.Periodic(
                Duration.ofHours(1), SnapshotNaming.of("z_", "dense", "UTC")),
            RetryDelay.DEFAULT);
    await(job, "pruned", SnapJobTest::isPruned);
    assertThat(zfs.versionsOf("tank/home")).hasSize(2).contains("@2");
    assertThat(zfs.versionsOf("tank/home").getLast()).startsWith("@z_");
  }

  @Test
  void snapshotOnRequestIsFollowedByPruning() {
    zfs.take("tank/home@1");
    zfs.take("tank/home@2");
    SnapJob job = start();
    job.snapshot();
    JobReport.Snap report = await(job, "pruned", SnapJobTest::isPruned);
    assertThat(zfs.versionsOf("tank/home")).hasSize(2).doesNotContain("@1");
    assertThat(report.snapshotting().progress()).hasSize(1);
  }

  @Test
  void wakeupDuringAPruningIsRememberedAndResetEndsOne() throws Exception {
    for (String name : List.of("1", "2", "3")) {
      zfs.take("tank/home@" + name);
    }
    CountDownLatch destroying = new CountDownLatch(1);
    AtomicBoolean blocked = new AtomicBoolean();
    zfs.setFaults(
        new FakeFaults() {
          @Override
          public void before(Call call) throws InterruptedException {
            if (call.operation() == FakeZfs.Operation.DESTROY_SNAPSHOTS
                && blocked.compareAndSet(false, true)) {
              destroying.countDown();
              new CountDownLatch(1).await();
            }
          }
        });
    SnapJob job = start();
    assertThatThrownBy(job::reset).hasMessage("job \"snap\" is idle: there is nothing to reset");
    job.wakeup();
    destroying.await();
    job.wakeup();
    job.reset();
    await(job, "pruned by the second", SnapJobTest::isPruned);
    assertThat(zfs.versionsOf("tank/home")).containsExactly("@2", "@3");
  }

  @Test
  void failureThatMayPassIsTriedAgain() {
    for (String name : List.of("1", "2", "3")) {
      zfs.take("tank/home@" + name);
    }
    AtomicBoolean failed = new AtomicBoolean();
    zfs.setFaults(
        new FakeFaults() {
          @Override
          public void before(Call call) throws ZfsException {
            if (failed.compareAndSet(false, true)) {
              throw new ZfsException(FailureScope.JOB, true, "zfs not found in PATH", null, null);
            }
          }
        });
    SnapJob job =
        start(
            new SnapshottingSettings.Manual(),
            new RetryDelay(Duration.ofMillis(1), Duration.ofMillis(1)));
    job.wakeup();
    await(job, "pruned", SnapJobTest::isPruned);
    assertThat(failed).isTrue();
    assertThat(zfs.versionsOf("tank/home")).containsExactly("@2", "@3");
  }
}
