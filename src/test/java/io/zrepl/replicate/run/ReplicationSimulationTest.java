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
import io.zrepl.replicate.report.BlockedOn;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole runs over random fleets of filesystems, with random failures, estimates, durations, stalls,
 * disconnects, refusals of a side that has too much to do, wakeups and cancellations. After each
 * event:
 *
 * <ul>
 *   <li>a step starts only if no other one that is ready has failed less often or is older, and
 *       after the parents that the run creates;
 *   <li>no limit on concurrency is exceeded, and at most one action runs per filesystem;
 *   <li>nothing goes on without progress beyond the watchdog's limit;
 *   <li>a wakeup ends all waits, and those that begin with something that was done before it.
 * </ul>
 *
 * <p>At the end everything planned has arrived or is reported with its error, and nothing that did
 * not arrive counts as done. A failing case names its seed; running that seed alone, by {@link
 * #oneSeed}, repeats it exactly.
 */
class ReplicationSimulationTest {
  private static final int RUNS = 500;
  private static final RunLimits LIMITS = RunLimits.DEFAULT.withStall(Duration.ofMinutes(5));
  // A look each tenth of the limit; then the grace for what does not end.
  private static final Duration LONGEST_STALL = Duration.ofMinutes(5).plusSeconds(31);
  private static final List<FailureScope> SCOPES = List.of(FailureScope.values());

  @ParameterizedTest
  @ValueSource(longs = {1000, 2000, 3000, 4000, 5000})
  void everyRunKeepsItsPromises(long firstSeed) {
    Map<ReplicationOutcome, Integer> outcomes = new HashMap<>();
    int retried = 0;
    int stalled = 0;
    int lost = 0;
    int reconnected = 0;
    int refused = 0;
    int woken = 0;
    for (long seed = firstSeed; seed < firstSeed + RUNS; seed++) {
      Simulation simulation = new Simulation(seed);
      try {
        simulation.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      outcomes.merge(simulation.driver.report().outcome(), 1, Integer::sum);
      retried += simulation.failures > 0 ? 1 : 0;
      stalled += simulation.stalledActions > 0 ? 1 : 0;
      lost += simulation.stubbornActions > 0 ? 1 : 0;
      reconnected += simulation.driver.report().reconnect().isPresent() ? 1 : 0;
      refused += simulation.refusals > 0 ? 1 : 0;
      woken += simulation.wakeups > 0 ? 1 : 0;
    }
    // the fleets are not so easy, or so hard, that the checks above mean nothing
    assertThat(outcomes.keySet())
        .contains(ReplicationOutcome.DONE, ReplicationOutcome.FAILED, ReplicationOutcome.CANCELLED);
    assertThat(List.of(retried, stalled, lost, reconnected, refused, woken))
        .allMatch(count -> count > RUNS / 50, "often enough");
  }

  @Test
  void oneSeed() {
    new Simulation(1000).run();
  }

  @Test
  void sameSeedGivesTheSameRun() {
    for (long seed = 1; seed < 20; seed++) {
      Simulation first = new Simulation(seed);
      first.run();
      Simulation second = new Simulation(seed);
      second.run();
      assertThat(second.journal).as("seed %s", seed).isEqualTo(first.journal);
    }
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
    private final int estimateSlots;
    private final double stallRate;
    private final double wakeupRate;
    private final double refusalRate;
    private final boolean forbids;
    private final Map<Activity, Instant> stallsSince = new HashMap<>();
    private final Set<String> stallingKeys = new HashSet<>();
    private final Set<String> stubbornKeys = new HashSet<>();
    // as the driver sees it
    private final Set<Activity> openListings = new HashSet<>();
    private final Set<Activity> openProbes = new HashSet<>();
    private int listings;
    private int probes;
    final List<String> journal = new ArrayList<>();
    int stalledActions;
    int stubbornActions;
    int refusals;
    int wakeups;
    private int keys;
    private int estimating;
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
      estimateSlots = 1 + random.nextInt(3);
      stallRate = random.nextInt(3) == 0 ? 0.03 : 0;
      wakeupRate = random.nextInt(3) == 0 ? 0.1 : 0;
      refusalRate = random.nextInt(4) == 0 ? 0.1 : 0;
      forbids = random.nextInt(8) == 0;
      int count = random.nextInt(15);
      for (int i = 0; i < count; i++) {
        addFilesystem();
      }
      driver =
          new ReplicationDriver(slots, estimateSlots, LIMITS, new Random(seed), VirtualRun.START);
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
        checkStalls(run.now());
        if (!driver.isFinished() && random.nextDouble() < wakeupRate) {
          wakeUp(run);
        }
      }
      if (driver.isFinished()) {
        run.finish();
        assertThat(running + planning + listing + estimating).as("open actions").isZero();
      } else {
        run.cancel();
        assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
      }
      checkReport(driver.report());
    }

    // ---- actions

    @Override
    public List<Answer> perform(ReplicationAction action, Instant now) {
      for (Activity activity : action.activities()) {
        journal.add(now + " " + activity.phase() + " " + activity.filesystem());
      }
      for (Activity activity : action.activities()) {
        count(activity, 1);
        begun(activity);
      }
      return switch (action) {
        case ReplicationAction.ListFilesystems(int number) -> {
          assertThat(listing).as("one listing at a time").isEqualTo(2);
          yield answers(
              action, now, () -> list(Side.SENDER, number), () -> list(Side.RECEIVER, number));
        }
        case PlanFilesystem plan -> {
          assertThat(planning).isLessThanOrEqualTo(Attempt.CONCURRENT_PLANNINGS);
          assertThat(busy.add(plan.filesystem())).as("one action per filesystem").isTrue();
          yield answers(action, now, () -> plan(plan));
        }
        case ReplicationAction.EstimateStep estimate -> {
          assertThat(estimating).as("estimates").isLessThanOrEqualTo(estimateSlots);
          yield answers(action, now, () -> estimate(estimate));
        }
        case ExecuteStep step -> {
          assertThat(running).as("steps").isLessThanOrEqualTo(slots);
          assertThat(busy.add(step.filesystem())).as("one action per filesystem").isTrue();
          checkStart(step);
          checkOrder(step);
          yield answers(action, now, () -> execute(step));
        }
        case ReplicationAction.Probe(int number) -> {
          assertThat(running + planning + listing + estimating).as("nothing else").isZero();
          yield answers(
              action, now, () -> probe(Side.SENDER, number), () -> probe(Side.RECEIVER, number));
        }
        case ReplicationAction.Cancel cancel -> List.of();
      };
    }

    private void begun(Activity activity) {
      switch (activity) {
        case Activity.Listing _ -> {
          listings++;
          openListings.add(activity);
        }
        case Activity.Probing _ -> {
          probes++;
          openProbes.add(activity);
        }
        case Activity.Planning _, Activity.Estimating _, Activity.Stepping _ -> {}
      }
    }

    private void ended(ReplicationEvent event) {
      event.ends().ifPresent(openListings::remove);
      event.ends().ifPresent(openProbes::remove);
    }

    @SafeVarargs
    private List<Answer> answers(
        ReplicationAction action, Instant now, Supplier<ReplicationEvent>... events) {
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < events.length; i++) {
        String key = "action " + keys++;
        if (random.nextDouble() < stallRate) {
          stall(key, action.activities().get(i), now);
        }
        Supplier<ReplicationEvent> event = events[i];
        answers.add(
            new Answer(
                key,
                Duration.ofMillis(random.nextInt(20) == 0 ? 60_000 : random.nextInt(2000)),
                () -> {
                  ReplicationEvent happened = event.get();
                  ended(happened);
                  return happened;
                }));
      }
      return answers;
    }

    private void stall(String key, Activity activity, Instant now) {
      stalledActions++;
      failures++;
      activity.filesystem().ifPresentOrElse(touched::add, () -> touchedAll = true);
      // Several in a row end the run.
      touchedAll |= stalledActions >= StallCount.MOST;
      if (random.nextInt(4) == 0) {
        // It hangs for ever, and the driver must not count on it.
        stubbornActions++;
        stubbornKeys.add(key);
        count(activity, -1);
      } else {
        stallingKeys.add(key);
        stallsSince.put(activity, now);
      }
    }

    @Override
    public boolean stalls(String key) {
      return stallingKeys.contains(key);
    }

    @Override
    public boolean isStubborn(String key) {
      return stubbornKeys.contains(key);
    }

    @Override
    public void cancelled(Activity activity) {
      count(activity, -1);
      stallsSince.remove(activity);
      openListings.remove(activity);
      openProbes.remove(activity);
      if (!(activity instanceof Activity.Estimating)) {
        activity.filesystem().ifPresent(busy::remove);
      }
    }

    private void count(Activity activity, int change) {
      switch (activity) {
        case Activity.Listing _ -> listing += change;
        case Activity.Planning _ -> planning += change;
        case Activity.Estimating _ -> estimating += change;
        case Activity.Stepping _ -> running += change;
        case Activity.Probing _ -> {}
      }
    }

    private void wakeUp(VirtualRun run) {
      wakeups++;
      boolean waits = filesystems().stream().anyMatch(each -> each.retryAt().isPresent());
      boolean reconnects =
          !driver.report().attempts().isEmpty()
              && driver.report().attempts().getLast().finishAt().isPresent();
      int listingsBefore = listings;
      int probesBefore = probes;
      run.happen(new ReplicationEvent.WokenUp());
      if (waits && !reconnects && openListings.size() == listings - listingsBefore) {
        assertThat(listings).as("woken up, so that retries begin").isGreaterThan(listingsBefore);
      }
      if (reconnects && openProbes.size() == probes - probesBefore) {
        assertThat(probes).as("woken up, so that a probe begins").isGreaterThan(probesBefore);
      }
      if (!driver.isFinished()) {
        checkNoPause();
        for (FilesystemReport filesystem : filesystems()) {
          filesystem
              .retryAt()
              .ifPresent(
                  at -> assertThat(at).as("woken up: %s", filesystem).isBeforeOrEqualTo(run.now()));
        }
      }
    }

    /** Whatever is ready has begun, as far as there are slots. */
    private void checkNoPause() {
      if (stubbornActions > 0) {
        return; // what hangs for ever is not counted here, but may still have its slot
      }
      for (FilesystemReport filesystem : filesystems()) {
        if (filesystem.blockedOn() == BlockedOn.STEP_QUEUE) {
          assertThat(running).as("woken up, but waits: %s", filesystem).isEqualTo(slots);
        } else if (filesystem.blockedOn() == BlockedOn.PLAN_QUEUE && openListings.isEmpty()) {
          assertThat(planning)
              .as("woken up, but waits: %s", filesystem)
              .isEqualTo(Attempt.CONCURRENT_PLANNINGS);
        }
      }
    }

    private List<FilesystemReport> filesystems() {
      List<AttemptReport> attempts = driver.report().attempts();
      return attempts.isEmpty() ? List.of() : attempts.getLast().filesystems();
    }

    private ReplicationEvent probe(Side side, int number) {
      return random.nextInt(3) == 0
          ? new ReplicationEvent.Unreached(
              side,
              number,
              new Failure(
                  side,
                  FailureScope.PEER,
                  random.nextInt(5) > 0,
                  FailureKind.GENERAL,
                  "refused",
                  Optional.empty()))
          : new ReplicationEvent.Reached(side, number);
    }

    private ReplicationEvent estimate(ReplicationAction.EstimateStep action) {
      estimating--;
      Optional<Failure> failure = randomFailure(Side.SENDER);
      if (forbids && random.nextInt(4) == 0) {
        touched.add(action.filesystem());
        failure =
            Optional.of(
                new Failure(
                    Side.SENDER,
                    FailureScope.FILESYSTEM,
                    false,
                    FailureKind.FORBIDDEN,
                    "forbidden",
                    Optional.empty()));
      }
      return failure
          .<ReplicationEvent>map(reason ->
              new ReplicationEvent.EstimateFailed(action.filesystem(), action.progress(), reason))
          .orElseGet(() ->
              new ReplicationEvent.Estimated(
                  action.filesystem(),
                  action.progress(),
                  random.nextBoolean() ? OptionalLong.of(5) : OptionalLong.empty()));
    }

    private ReplicationEvent list(Side side, int number) {
      listing--;
      Optional<Failure> failure = randomFailure(side);
      if (failure.isPresent()) {
        touchedAll = true;
        return new ReplicationEvent.ListingFailed(side, number, failure.get());
      }
      return new ReplicationEvent.Listed(side, number, pools.list(side));
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
      if (plan instanceof FilesystemPlan.Steps steps) {
        Snapshot last = steps.steps().getLast().to();
        lastTarget.putIfAbsent(path, last.guid());
        limit.putIfAbsent(path, last.createTxg().value());
        assertThat(last.createTxg().value())
            .as("%s: not beyond the first plan", path)
            .isLessThanOrEqualTo(limit.getOrDefault(path, 0L));
      }
      return new ReplicationEvent.Planned(path, plan);
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
                  FailureKind.RESUME_TOKEN_UNUSABLE,
                  "token rejected",
                  Optional.empty()));
        }
        Optional<Failure> failure =
            randomFailure(random.nextBoolean() ? Side.SENDER : Side.RECEIVER);
        if (failure.isPresent()) {
          touch(path, failure.get());
          switch (random.nextInt(5)) {
            case 0, 1 -> filesystem.interrupt(step);
            case 2 -> {
              // all of it arrived, and only the answer was lost
              filesystem.receive(step);
              unconfirmed.computeIfAbsent(path, p -> new HashSet<>()).add(step.to().guid());
            }
            default -> {}
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
      if (random.nextDouble() < refusalRate) {
        refusals++;
        failures++;
        return Optional.of(
            new Failure(
                side,
                FailureScope.FILESYSTEM,
                true,
                FailureKind.EXHAUSTED,
                "too much to do",
                Optional.empty()));
      }
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
              side,
              scope,
              random.nextInt(3) > 0,
              FailureKind.GENERAL,
              "failure " + failures,
              Optional.empty()));
    }

    private void touch(DatasetPath path, Failure failure) {
      touched.add(path);
      touchedAll |= failure.scope() != FailureScope.FILESYSTEM || failure.is(FailureKind.EXHAUSTED);
    }

    // ---- checks

    private void checkStalls(Instant now) {
      stallsSince.forEach((activity, since) ->
          assertThat(Duration.between(since, now))
              .as("without progress: %s", activity)
              .isLessThanOrEqualTo(LONGEST_STALL));
    }

    /** No other one that is ready comes before it. */
    private void checkOrder(ExecuteStep action) {
      FilesystemReport started = null;
      for (FilesystemReport filesystem : filesystems()) {
        if (filesystem.name().equals(action.filesystem())) {
          started = filesystem;
        }
      }
      assertThat(started).isNotNull();
      for (FilesystemReport other : filesystems()) {
        if (other.blockedOn() == BlockedOn.STEP_QUEUE && started != null) {
          assertThat(priority(other))
              .as("%s waits while %s starts", other, started)
              .isGreaterThanOrEqualTo(priority(started));
        }
      }
    }

    private static long priority(FilesystemReport filesystem) {
      String to = filesystem.steps().get(filesystem.currentStep()).to();
      return filesystem.failedTries() * 1_000_000L + Long.parseLong(to.substring("@s".length()));
    }

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
      assertThat(report.attempts()).hasSizeLessThanOrEqualTo(LIMITS.retries().maximumTries());
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
