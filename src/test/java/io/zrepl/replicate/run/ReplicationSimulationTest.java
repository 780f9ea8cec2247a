package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.model.TestVersions;
import io.zrepl.model.VersionDiff;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.FilesystemPlanner;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.plan.PlanInput;
import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.run.ReplicationAction.ExecuteStep;
import io.zrepl.replicate.run.ReplicationAction.PlanFilesystem;
import io.zrepl.replicate.run.VirtualRun.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole runs over random fleets of filesystems, with random failures, durations and cancellations.
 * A failing case names its seed; running that seed alone repeats it exactly.
 */
class ReplicationSimulationTest {
  private static final List<FailureScope> SCOPES = List.of(FailureScope.values());

  @ParameterizedTest
  @ValueSource(longs = {1000, 2000, 3000, 4000})
  void everyRunKeepsItsPromises(long firstSeed) {
    Map<ReplicationOutcome, Integer> outcomes = new HashMap<>();
    int retried = 0;
    for (long seed = firstSeed; seed < firstSeed + 250; seed++) {
      Simulation simulation = new Simulation(seed);
      try {
        simulation.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      outcomes.merge(simulation.driver.report().outcome(), 1, Integer::sum);
      retried += simulation.failures > 0 ? 1 : 0;
    }
    // the fleets are not so easy, or so hard, that the checks above mean nothing
    assertThat(outcomes.keySet())
        .contains(ReplicationOutcome.DONE, ReplicationOutcome.FAILED, ReplicationOutcome.CANCELLED);
    assertThat(retried).isGreaterThan(50);
  }

  private static final class Simulation implements VirtualRun.World {
    private final Random random;
    private final int slots;
    private final InitialReplication policy;
    private final FakePools pools = new FakePools();
    private final double failureRate;
    private final boolean wideFailures;
    private final boolean rejectsTokens;
    final ReplicationDriver driver;

    private final Set<DatasetPath> busy = new HashSet<>();
    private final Map<DatasetPath, Guid> lastTarget = new HashMap<>();
    private final Map<DatasetPath, Long> limit = new HashMap<>();
    private final Map<DatasetPath, Set<Guid>> unconfirmed = new HashMap<>();
    private final Set<DatasetPath> touched = new HashSet<>();
    private boolean touchedAll;
    private int running;
    private int planning;
    private int listing;
    int failures;
    private long clock = 1000;

    Simulation(long seed) {
      random = new Random(seed);
      slots = 1 + random.nextInt(4);
      policy = random.nextBoolean() ? InitialReplication.ALL : InitialReplication.MOST_RECENT;
      failureRate = List.of(0.0, 0.02, 0.1, 0.3).get(random.nextInt(4));
      wideFailures = random.nextInt(3) == 0;
      rejectsTokens = random.nextInt(4) == 0;
      int count = random.nextInt(15);
      for (int i = 0; i < count; i++) {
        addFilesystem();
      }
      driver =
          new ReplicationDriver(slots, RetryPolicy.DEFAULT, new Random(seed), VirtualRun.START);
    }

    private void addFilesystem() {
      StringBuilder path = new StringBuilder("p" + random.nextInt(2));
      int depth = random.nextInt(4);
      for (int i = 0; i < depth; i++) {
        path.append('/').append((char) ('a' + random.nextInt(3)));
      }
      FakePools.Filesystem filesystem = pools.add(path.toString(), "-");
      if (random.nextInt(12) == 0) {
        filesystem.senderPlaceholder = true;
        return;
      }
      int snapshots = random.nextInt(5);
      for (int i = 0; i < snapshots; i++) {
        takeSnapshot(filesystem);
      }
      switch (random.nextInt(6)) {
        case 0, 1 -> {}
        case 2 -> {
          filesystem.exists = true;
          filesystem.placeholder = true;
        }
        case 3 -> {
          filesystem.exists = true;
          filesystem.onReceiver.add(TestVersions.version("@foreign," + ++clock));
        }
        default -> {
          if (snapshots > 0) {
            filesystem.exists = true;
            filesystem.onReceiver.addAll(
                filesystem.onSender.subList(0, 1 + random.nextInt(snapshots)));
          }
        }
      }
    }

    private void takeSnapshot(FakePools.Filesystem filesystem) {
      clock++;
      filesystem.onSender.add(TestVersions.version("@s" + clock + "," + clock));
    }

    void run() {
      VirtualRun run = new VirtualRun(driver, this);
      int cancelAfter = random.nextInt(4) == 0 ? random.nextInt(60) : Integer.MAX_VALUE;
      while (!driver.isFinished() && run.events() < cancelAfter) {
        run.next();
        if (random.nextInt(10) == 0) {
          driver.report();
        }
      }
      if (driver.isFinished()) {
        run.finish();
        assertThat(running + planning + listing).as("open actions").isZero();
      } else {
        run.cancel();
        assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
      }
      checkReport(driver.report());
    }

    // ---- actions

    @Override
    public List<Answer> perform(ReplicationAction action, Instant now) {
      return switch (action) {
        case ReplicationAction.ListFilesystems list -> {
          assertThat(listing).as("one listing at a time").isZero();
          listing += 2;
          yield List.of(answer(() -> list(Side.SENDER)), answer(() -> list(Side.RECEIVER)));
        }
        case PlanFilesystem plan -> {
          assertThat(++planning).isLessThanOrEqualTo(Attempt.CONCURRENT_PLANNINGS);
          assertThat(busy.add(plan.filesystem())).as("one action per filesystem").isTrue();
          yield List.of(answer(() -> plan(plan)));
        }
        case ExecuteStep step -> {
          assertThat(++running).as("steps").isLessThanOrEqualTo(slots);
          assertThat(busy.add(step.filesystem())).as("one action per filesystem").isTrue();
          checkStart(step);
          yield List.of(answer(() -> execute(step)));
        }
      };
    }

    private Answer answer(java.util.function.Supplier<ReplicationEvent> event) {
      return new Answer(
          Duration.ofMillis(random.nextInt(20) == 0 ? 60_000 : random.nextInt(2000)), event);
    }

    private ReplicationEvent list(Side side) {
      listing--;
      Optional<Failure> failure = randomFailure(side);
      if (failure.isPresent()) {
        touchedAll = true;
        return new ReplicationEvent.ListingFailed(side, failure.get());
      }
      return new ReplicationEvent.Listed(side, pools.list(side));
    }

    private ReplicationEvent plan(PlanFilesystem action) {
      planning--;
      DatasetPath path = action.filesystem();
      busy.remove(path);
      Optional<Failure> failure = randomFailure(Side.SENDER);
      if (failure.isPresent()) {
        touch(path, failure.get());
        return new ReplicationEvent.PlanningFailed(path, failure.get());
      }
      FilesystemPlan plan = ScriptedWorld.planNow(pools, policy, action);
      int size = 0;
      if (plan instanceof FilesystemPlan.Steps steps) {
        size = steps.steps().size();
        Snapshot last = steps.steps().getLast().to();
        lastTarget.putIfAbsent(path, last.guid());
        limit.putIfAbsent(path, last.createTxg().value());
        assertThat(last.createTxg().value())
            .as("%s: not beyond the first plan", path)
            .isLessThanOrEqualTo(limit.getOrDefault(path, 0L));
      }
      return new ReplicationEvent.Planned(
          path, plan, Collections.nCopies(size, OptionalLong.empty()));
    }

    private ReplicationEvent execute(ExecuteStep action) {
      running--;
      DatasetPath path = action.filesystem();
      busy.remove(path);
      ReplicationStep step = action.progress().step();
      FakePools.Filesystem filesystem = pools.get(path);
      if (!action.progress().confirmOnly()) {
        if (step.resumeToken().isPresent() && rejectsTokens) {
          return new ReplicationEvent.StepFailed(
              path,
              new Failure(
                  Side.SENDER,
                  FailureScope.FILESYSTEM,
                  false,
                  true,
                  "token rejected",
                  Optional.empty()));
        }
        Optional<Failure> failure =
            randomFailure(random.nextBoolean() ? Side.SENDER : Side.RECEIVER);
        if (failure.isPresent()) {
          touch(path, failure.get());
          if (random.nextBoolean()) {
            filesystem.interrupt(step);
          }
          if (random.nextBoolean()) {
            takeSnapshot(filesystem);
          }
          return new ReplicationEvent.StepFailed(path, failure.get());
        }
        filesystem.receive(step);
        unconfirmed.computeIfAbsent(path, p -> new HashSet<>()).add(step.to().guid());
      }
      Optional<Failure> failure = randomFailure(Side.SENDER);
      if (failure.isPresent()) {
        touch(path, failure.get());
        return new ReplicationEvent.StepUnconfirmed(path, failure.get());
      }
      assertThat(unconfirmed.getOrDefault(path, Set.of())).contains(step.to().guid());
      unconfirmed.getOrDefault(path, new HashSet<>()).remove(step.to().guid());
      if (random.nextInt(4) == 0) {
        takeSnapshot(filesystem);
      }
      return new ReplicationEvent.StepCompleted(path);
    }

    private Optional<Failure> randomFailure(Side side) {
      if (random.nextDouble() >= failureRate) {
        return Optional.empty();
      }
      failures++;
      FailureScope scope =
          wideFailures && random.nextInt(4) == 0
              ? SCOPES.get(random.nextInt(SCOPES.size()))
              : FailureScope.FILESYSTEM;
      return Optional.of(
          new Failure(
              side, scope, random.nextInt(3) > 0, false, "failure " + failures, Optional.empty()));
    }

    private void touch(DatasetPath path, Failure failure) {
      touched.add(path);
      touchedAll |= failure.scope() != FailureScope.FILESYSTEM;
    }

    // ---- checks

    /** No step starts before the parents that this run creates exist. */
    private void checkStart(ExecuteStep action) {
      for (FakePools.Filesystem parent : pools.all()) {
        if (action.filesystem().isBelow(parent.path)
            && parent.receiverEntry().isEmpty()
            && !parent.senderPlaceholder) {
          assertThat(VersionDiff.snapshots(parent.onSender))
              .as("%s starts before its parent %s", action.filesystem(), parent.path)
              .isEmpty();
        }
      }
    }

    private void checkReport(ReplicationReport report) {
      assertThat(report.finishAt()).isPresent();
      boolean cancelled = report.outcome() == ReplicationOutcome.CANCELLED;
      for (AttemptReport attempt : report.attempts()) {
        assertThat(attempt.finishAt()).isPresent();
        for (FilesystemReport filesystem : attempt.filesystems()) {
          assertThat(filesystem.retryAt()).as("final: %s", filesystem).isEmpty();
          switch (filesystem.state()) {
            case DONE -> {
              assertThat(filesystem.currentStep()).isEqualTo(filesystem.steps().size());
              assertThat(filesystem.planError().or(filesystem::stepError)).isEmpty();
            }
            case STEP_ERROR -> assertThat(filesystem.stepError()).isPresent();
            case PLANNING_ERROR -> assertThat(filesystem.planError()).isPresent();
            case PLANNING, STEPPING -> throw new AssertionError("not final: " + filesystem);
          }
        }
      }
      assertThat(report.attempts()).hasSizeLessThanOrEqualTo(3);
      if (report.attempts().isEmpty()) {
        return;
      }
      AttemptReport last = report.attempts().getLast();
      switch (report.outcome()) {
        case DONE -> assertThat(report.failedFilesystems()).isZero();
        case FAILED -> assertThat(report.failedFilesystems()).isNotZero();
        case CANCELLED -> {}
        case RUNNING -> throw new AssertionError("still running");
      }
      for (FilesystemReport filesystem : last.filesystems()) {
        DatasetPath path = filesystem.name();
        if (filesystem.state() == FilesystemState.DONE) {
          Guid target = lastTarget.get(path);
          if (target != null) {
            assertThat(pools.get(path).onReceiver)
                .as("%s is done, so that its last planned snapshot has arrived", path)
                .extracting(FilesystemVersion::guid)
                .contains(target);
          }
          assertThat(unconfirmed.getOrDefault(path, Set.of())).as("%s confirmed", path).isEmpty();
        } else if (!cancelled && !touchedAll && !hasConflict(path)) {
          assertThat(touched)
              .as("%s failed, so that it or a parent met a failure: %s", path, filesystem)
              .anyMatch(path::isAtOrBelow);
        }
      }
    }

    /** Whether even the planner alone would not replicate it. */
    private boolean hasConflict(DatasetPath path) {
      FakePools.Filesystem filesystem = pools.get(path);
      List<FilesystemVersion> receiver = new ArrayList<>(filesystem.onReceiver);
      return new FilesystemPlanner(policy)
              .plan(
                  new PlanInput(
                      filesystem.senderEntry(),
                      filesystem.receiverEntry(),
                      filesystem.onSender,
                      receiver,
                      new PartialState.None()))
          instanceof FilesystemPlan.Conflict;
    }
  }
}
