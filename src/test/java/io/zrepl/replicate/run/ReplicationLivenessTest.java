package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.report.ReportedError;
import io.zrepl.replicate.report.StepReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Estimates, wakeups, reconnecting, backing off and the watchdog.
 *
 * <p>Faults of Go zrepl in planning and driving, and what shows that this program has not got them:
 *
 * <table>
 * <caption>Faults</caption>
 * <tr><th>Go zrepl</th><th>test</th></tr>
 * <tr><td>a retry drops the last planned step, and so reports success without having replicated
 *     </td><td>{@code ReplicationDriverTest.retryOfASingleStepExecutesIt}, {@code
 *     lostPeerEndsTheAttemptAndTheNextDoesAllThatIsLeft}</td></tr>
 * <tr><td>sender with bookmarks only: crash, or a step without target</td><td>{@code
 *     FilesystemPlannerTest.conflictsAreLeftToTheAdministrator}</td></tr>
 * <tr><td>connection lost while a filesystem is planned ends the run</td><td>{@link
 *     #connectionLostWhilePlanningAFilesystemIsWaitedFor}</td></tr>
 * <tr><td>connection lost within the stream counts as permanent</td><td>{@code
 *     ReplicationTest.failureOfTheSendersStreamIsTheCauseToldFirst}, {@link
 *     #lostPeerIsProbedUntilItAnswersAndThenEverythingPlannedIsDone}</td></tr>
 * <tr><td>a refused connection ends the wait for the peer</td><td>{@link
 *     #lostPeerIsProbedUntilItAnswersAndThenEverythingPlannedIsDone}</td></tr>
 * <tr><td>a limit of tries can be set that allows none</td><td>{@code
 *     RetryPolicyTest.countsTries}</td></tr>
 * <tr><td>the run's end is never told</td><td>{@code ReplicationDriverTest.run}, in every test there
 *     </td></tr>
 * <tr><td>a failed estimate fails the filesystem</td><td>{@link
 *     #failedEstimateFailsNothingButForbiddenOnesDo}</td></tr>
 * <tr><td>what hangs, hangs for ever</td><td>all below "watchdog"</td></tr>
 * </table>
 */
class ReplicationLivenessTest {
  private final ScriptedWorld world = new ScriptedWorld();
  private int slots = 1;
  private int estimateSlots = 4;
  private final ReplicationDriver[] driver = new ReplicationDriver[1];

  private VirtualRun begin() {
    driver[0] =
        new ReplicationDriver(
            slots, estimateSlots, RunLimits.DEFAULT, new Random(1), VirtualRun.START);
    return new VirtualRun(driver[0], world);
  }

  private ReplicationReport run() {
    begin().finish();
    return report();
  }

  private ReplicationReport report() {
    return driver[0].report();
  }

  private FilesystemReport filesystem(String path) {
    return report().attempts().getLast().filesystems().stream()
        .filter(f -> f.name().equals(DatasetPath.of(path)))
        .findFirst()
        .orElseThrow();
  }

  private String error(String path) {
    FilesystemReport filesystem = filesystem(path);
    return filesystem
        .planError()
        .or(filesystem::stepError)
        .map(ReportedError::message)
        .orElse("none");
  }

  private static Failure failure(FailureScope scope, boolean temporary, FailureKind kind) {
    return new Failure(Side.RECEIVER, scope, temporary, kind, "marker", Optional.empty());
  }

  private static Failure temporary() {
    return failure(FailureScope.FILESYSTEM, true, FailureKind.GENERAL);
  }

  private static Failure lost() {
    return failure(FailureScope.PEER, true, FailureKind.GENERAL);
  }

  private static Failure exhausted() {
    return failure(FailureScope.FILESYSTEM, true, FailureKind.EXHAUSTED);
  }

  // ---- estimates

  @Test
  void stepStartsAfterItsOwnEstimateWhateverOthersTake() {
    world.pools.add("a", "@x,1 @y,2 @z,3");
    world.estimateTime = Duration.ofSeconds(10);
    begin().finish();
    assertThat(world.startsOf("@x")).containsExactly(VirtualRun.START.plusSeconds(10));
    assertThat(world.startsOf("@y")).containsExactly(VirtualRun.START.plusSeconds(11));
    assertThat(world.estimated)
        .as("what was sent before its turn came is not estimated")
        .containsExactly("a @x", "a @y");
    assertThat(world.cancelled).containsExactly("size estimate of a");
  }

  @Test
  void estimatesNeverExceedTheirLimitAndFirstStepsComeFirst() {
    estimateSlots = 2;
    slots = 3;
    world.estimateTime = Duration.ofSeconds(2);
    world.stepTime = path -> Duration.ofSeconds(60);
    for (String path : List.of("a", "b", "c", "d", "e")) {
      world.pools.add(path, "@x,1 @y,2");
    }
    run();
    assertThat(world.mostEstimating).isEqualTo(2);
    assertThat(world.estimated.subList(0, 4)).containsExactly("a @x", "b @x", "c @x", "d @x");
    assertThat(world.estimated).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void failedEstimateFailsNothingButForbiddenOnesDo() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,1");
    world.fail("estimate a @x", failure(FailureScope.PEER, true, FailureKind.GENERAL));
    world.fail("estimate b @x", failure(FailureScope.FILESYSTEM, false, FailureKind.FORBIDDEN));
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(filesystem("a").state()).isEqualTo(FilesystemState.DONE);
    assertThat(filesystem("a").steps().getFirst().bytesExpected()).isEmpty();
    assertThat(filesystem("b").state()).isEqualTo(FilesystemState.PLANNING_ERROR);
    assertThat(world.journal("start")).containsExactly("a @x (full)");
  }

  @Test
  void retryDoesNotEstimateAgain() {
    world.pools.add("a", "@x,1 @y,2");
    world.fail("a @y", temporary());
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.estimated).containsExactly("a @x", "a @y");
  }

  @Test
  void expectedBytesAreExactOnceTheLastStepWithoutEstimateIsDone() {
    world.pools.add("a", "@x,1 @y,2 @z,3");
    world.estimates = key -> key.endsWith("@y") ? OptionalLong.empty() : OptionalLong.of(100);
    VirtualRun run = begin();
    run.runUntil(Duration.ofMillis(500));
    assertThat(report().attempts().getLast().remaining().exact()).isFalse();
    assertThat(report().attempts().getLast().remaining().bytes()).isEqualTo(200);
    run.runUntil(Duration.ofMillis(2500));
    assertThat(filesystem("a").currentStep()).isEqualTo(2);
    assertThat(report().attempts().getLast().remaining().exact()).isTrue();
    assertThat(report().attempts().getLast().remaining().bytes()).isEqualTo(100);
    assertThat(filesystem("a").steps())
        .extracting(StepReport::bytesExpected)
        .containsExactly(OptionalLong.of(100), OptionalLong.empty(), OptionalLong.of(100));
  }

  // ---- wakeups

  @Test
  void wakeupEndsTheWaitForARetryAtOnce() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", temporary());
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(2));
    assertThat(filesystem("a").state()).isEqualTo(FilesystemState.STEP_ERROR);
    run.happen(new ReplicationEvent.WokenUp());
    run.finish();
    assertThat(world.startsOf("@x"))
        .containsExactly(VirtualRun.START, VirtualRun.START.plusSeconds(2));
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void wakeupCountsForWhatWasBegunBeforeAndFailsAfterIt() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", temporary()).fail("a @x", temporary());
    VirtualRun run = begin();
    run.runUntil(Duration.ofMillis(500));
    run.happen(new ReplicationEvent.WokenUp());
    run.finish();
    List<Instant> starts = world.startsOf("@x");
    assertThat(starts.get(1)).isEqualTo(VirtualRun.START.plusSeconds(1));
    assertThat(starts.get(2)).as("it counts once").isAfter(VirtualRun.START.plusSeconds(9));
  }

  @Test
  void wakeupWhilePlanningCountsForThatToo() {
    world.pools.add("a", "@x,1");
    world.planningTime = Duration.ofSeconds(4);
    world.fail("plan a", temporary());
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(1));
    run.happen(new ReplicationEvent.WokenUp());
    run.finish();
    assertThat(world.startsOf("@x")).containsExactly(VirtualRun.START.plusSeconds(8));
  }

  @Test
  void wakeupWhileListingSkipsTheDelayOfTheNextAttempt() {
    world.pools.add("a", "@x,1");
    world.listingTime = Duration.ofSeconds(5);
    world.fail("list receiver", lost()).fail("list receiver", lost());
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(7));
    assertThat(report().attempts()).hasSize(2);
    run.happen(new ReplicationEvent.WokenUp());
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(17));
  }

  // ---- reconnecting

  @Test
  void lostPeerIsProbedUntilItAnswersAndThenEverythingPlannedIsDone() {
    world.pools.add("a", "@x,1 @y,2 @z,3", "@x,1");
    world.fail("a @y", lost());
    for (int i = 0; i < 8; i++) {
      world.fail("probe receiver", lost());
    }
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(20));
    assertThat(report().reconnect().orElseThrow().since())
        .isEqualTo(VirtualRun.START.plusSeconds(1));
    assertThat(report().reconnect().orElseThrow().until())
        .isEqualTo(VirtualRun.START.plusSeconds(601));
    assertThat(report().reconnect().orElseThrow().error().orElseThrow().message())
        .isEqualTo("receiver is not reachable: marker");
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.probes).hasSize(9);
    assertThat(world.journal("end")).containsExactly("a @x => @y", "a @y => @z");
    assertThat(report().reconnect().orElseThrow().error()).isEmpty();
  }

  @Test
  void connectionLostWhilePlanningAFilesystemIsWaitedFor() {
    world.pools.add("a", "@x,1");
    world.fail("plan a", lost());
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report().attempts()).hasSize(2);
    assertThat(world.probes).hasSize(1);
  }

  @Test
  void peerThatStaysLostIsGivenUpAtTheLimit() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", lost());
    for (int i = 0; i < 1000; i++) {
      world.fail("probe sender", lost()).fail("probe receiver", lost());
    }
    VirtualRun run = begin();
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(run.elapsed()).isEqualTo(Duration.ofSeconds(601));
    assertThat(report().reconnect().orElseThrow().error().orElseThrow().message())
        .startsWith("sender and receiver are not reachable: ");
    assertThat(report().hasTemporaryFailure()).isTrue();
  }

  @Test
  void probeThatHangsIsCancelledAtTheLimit() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", lost());
    world.stalling.add("probe receiver");
    VirtualRun run = begin();
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(run.elapsed()).isEqualTo(Duration.ofSeconds(601));
  }

  @Test
  void wakeupProbesAtOnce() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", lost());
    for (int i = 0; i < 5; i++) {
      world.fail("probe receiver", lost());
    }
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(14));
    int before = world.probes.size();
    run.happen(new ReplicationEvent.WokenUp());
    assertThat(world.probes).hasSize(before + 1);
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  // ---- a side that has too much to do

  @Test
  void nothingNewIsBegunWhileASideHasTooMuchToDo() {
    slots = 2;
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@y,2 @z,3");
    world.fail("a @x", exhausted());
    run();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(Duration.between(VirtualRun.START, world.startsOf("@z").getFirst()))
        .isBetween(Duration.ofMillis(8500), Duration.ofMillis(13500));
    assertThat(Duration.between(VirtualRun.START, world.startsOf("@x").get(1)))
        .isGreaterThanOrEqualTo(Duration.ofMillis(8500));
  }

  @Test
  void refusalsDoNotUseUpTheTriesOfAFilesystemButEndOneDay() {
    world.pools.add("a", "@x,1");
    for (int i = 0; i < BackOff.MOST; i++) {
      world.fail("a @x", exhausted());
    }
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    world.pools.add("b", "@x,1");
    for (int i = 0; i <= BackOff.MOST; i++) {
      world.fail("b @x", exhausted());
    }
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(report().attempts()).as("left to the next run of the job").hasSize(1);
    assertThat(report().hasTemporaryFailure()).isTrue();
  }

  // ---- watchdog

  @Test
  void stepWithoutProgressIsCancelledAndTriedAgainWhileOthersGoOn() {
    slots = 2;
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@y,2 @z,3");
    world.stepTime = path -> Duration.ofMinutes(30);
    world.stalling.add("a @x");
    VirtualRun run = begin();
    run.runUntil(Duration.ofMinutes(10));
    assertThat(error("a"))
        .isEqualTo("replication step of a made no progress for 10m and was cancelled");
    assertThat(filesystem("a").retryAt()).isPresent();
    world.stalling.clear();
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.cancelled).containsExactly("replication step of a");
  }

  @Test
  void stepThatAlwaysStallsFailsAfterItsTriesAndTheRunEnds() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2");
    world.stalling.add("a @x");
    VirtualRun run = begin();
    run.finish();
    assertThat(filesystem("a").state()).isEqualTo(FilesystemState.STEP_ERROR);
    assertThat(filesystem("b").state()).isEqualTo(FilesystemState.DONE);
    assertThat(run.elapsed()).isLessThan(Duration.ofMinutes(32));
    assertThat(report().hasTemporaryFailure()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plan a", "estimate a @x", "a @x", "list receiver"})
  void whatDoesNotEvenEndWhenCancelledHoldsUpNobody(String key) {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2");
    world.stubborn.add(key);
    VirtualRun run = begin();
    run.finish();
    if (key.startsWith("estimate")) {
      assertThat(run.elapsed()).isLessThan(Duration.ofMinutes(3));
    } else {
      assertThat(run.elapsed()).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(12));
    }
    if (key.startsWith("list")) {
      assertThat(report().attempts().getLast().state()).isEqualTo(AttemptState.PLANNING_ERROR);
      return;
    }
    assertThat(filesystem("b").state()).isEqualTo(FilesystemState.DONE);
    if (key.startsWith("estimate")) {
      assertThat(filesystem("a").state()).as("only a comfort").isEqualTo(FilesystemState.DONE);
    } else {
      assertThat(error("a")).contains("does not end although it was cancelled");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plan a", "a @x"})
  void lateEndOfWhatWasGivenUpIsNoResultOfALaterAttempt(String key) {
    slots = 2;
    DatasetPath a = DatasetPath.of("a");
    ReplicationEvent late =
        key.startsWith("plan")
            ? new ReplicationEvent.Planned(a, new FilesystemPlan.NothingToDo("up to date"))
            : new ReplicationEvent.StepCompleted(a);
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@y,2");
    world.stepTime = path -> Duration.ofMinutes(15);
    world.stubborn.add(key);
    world.fail("b @y", lost());
    VirtualRun run = begin();
    run.runUntil(Duration.ofMinutes(16));
    assertThat(report().attempts()).hasSize(2);
    run.happen(late);
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(filesystem("a").state()).isEqualTo(FilesystemState.PLANNING_ERROR);
    assertThat(error("a")).contains("does not end although it was cancelled");
    assertThat(filesystem("b").state()).isEqualTo(FilesystemState.DONE);
    assertThat(world.journal("start"))
        .as("nothing is begun beside what may still be running")
        .filteredOn(step -> step.startsWith("a "))
        .hasSize(key.startsWith("plan") ? 0 : 1);
  }

  @Test
  void stalledListingIsLeftToTheNextRunSoThatTheJobCanPrune() {
    world.pools.add("a", "@x,1");
    world.stalling.add("list receiver");
    VirtualRun run = begin();
    run.finish();
    assertThat(report().attempts()).hasSize(1);
    assertThat(run.elapsed()).isEqualTo(Duration.ofMinutes(10));
    assertThat(report().attempts().getFirst().planError().orElseThrow().message())
        .isEqualTo("listing the receiver made no progress for 10m and was cancelled");
    assertThat(report().hasTemporaryFailure()).isTrue();
  }

  @Test
  void estimateThatHangsDelaysNoFirstStepForLong() {
    estimateSlots = 1;
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2");
    world.pools.add("c", "@x,3");
    world.stalling.add("estimate a @x");
    VirtualRun run = begin();
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.startsOf("@x").getFirst())
        .isEqualTo(VirtualRun.START.plus(Attempt.ESTIMATE_PATIENCE));
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(40));
  }

  @Test
  void reportSaysThatAnEstimateHasStalledUntilItsStepIsDone() {
    world.pools.add("a", "@x,1 @y,3");
    world.pools.add("b", "@x,2");
    world.stalling.add("estimate a @y");
    world.stepTime = path -> Duration.ofMinutes(9);
    VirtualRun run = begin();

    run.runUntil(Duration.ofMinutes(9));
    assertThat(filesystem("a").estimateError()).isEmpty();
    run.runUntil(Duration.ofMinutes(15));
    assertThat(filesystem("a").estimateError().orElseThrow().message())
        .isEqualTo("size estimate of @x => @y of a made no progress for 10m and was cancelled");
    assertThat(filesystem("b").estimateError()).isEmpty();
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(filesystem("a").estimateError()).isEmpty();
  }

  @Test
  void runInWhichEverythingStallsEndsSoThatTheJobCanPrune() {
    for (int i = 0; i < 20; i++) {
      world.pools.add("f" + i, "@x,1");
      world.stalling.add("f" + i + " @x");
    }
    VirtualRun run = begin();
    run.finish();
    assertThat(run.elapsed()).isBetween(Duration.ofMinutes(30), Duration.ofMinutes(34));
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(report().attempts()).hasSize(1);
    assertThat(report().hasTemporaryFailure()).isTrue();
    assertThat(error("f9"))
        .contains("nothing succeeded while something stalled 3 times")
        .contains("made no progress for 10m");
  }

  @Test
  void stallsAtTheSameTimeCountOnceAndNotIfSomethingSucceedsInBetween() {
    slots = 4;
    for (int i = 0; i < 4; i++) {
      world.pools.add("f" + i, "@x,1");
      world.stalling.add("f" + i + " @x");
    }
    world.pools.add("good", "@x,2");
    begin().finish();
    assertThat(filesystem("good").state()).isEqualTo(FilesystemState.DONE);
    assertThat(filesystem("f0").failedTries()).isEqualTo(3);
  }

  @Test
  void whatALostPeerStoppedIsNotEstimatedAnyMore() {
    estimateSlots = 1;
    for (String path : List.of("a", "b", "c", "d", "e")) {
      world.pools.add(path, "@x,1");
    }
    world.estimateTime = Duration.ofSeconds(12);
    world.fail("a @x", lost());
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(23));
    assertThat(world.estimated).containsExactly("a @x", "b @x");
    run.runUntil(Duration.ofSeconds(25));
    assertThat(report().attempts().getFirst().finishAt()).isPresent();
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void whatIsOwedAndNotOfferedAfterAReconnectIsNoSuccess() {
    world.pools.add("c", "@x,1 @y,3", "@x,1");
    world.pools.add("b", "@x,2");
    world.fail("b @x", lost()).when("b @x", () -> world.pools.get("c").offered = false);
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(report().attempts()).hasSize(2);
    assertThat(error("c")).contains("the sender no longer offers this filesystem");
    assertThat(filesystem("b").state()).isEqualTo(FilesystemState.DONE);
  }

  @Test
  void whatWasCompletedMayBeGoneAfterAReconnect() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2");
    world.fail("b @x", lost()).when("b @x", () -> world.pools.get("a").offered = false);
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void wakeupWhileBothSidesAreListedForARetryIsNotLost() {
    world.listingTime = Duration.ofSeconds(10);
    world.pools.add("a", "@x,1");
    world.fail("a @x", temporary()).when("a @x", () -> world.fail("list receiver", temporary()));
    VirtualRun run = begin();
    run.runUntil(Duration.ofSeconds(25));
    assertThat(world.listings).as("one is open").isEqualTo(2);
    run.happen(new ReplicationEvent.WokenUp());
    run.finish();
    assertThat(report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.startsOf("@x").getLast()).isBefore(VirtualRun.START.plusSeconds(50));
  }

  @Test
  void attemptThatAnotherOneFollowedKeepsNoPlans() {
    world.pools.add("a", "@x,1 @y,2 @z,3");
    world.pools.add("b", "@x,4 @y,5");
    world.fail("a @y", lost());
    run();
    List<FilesystemReport> first = report().attempts().getFirst().filesystems();
    assertThat(first.getFirst().stepError()).isPresent();
    assertThat(first.getFirst().currentStep()).isZero();
    assertThat(first.getFirst().steps()).extracting(StepReport::to).containsExactly("@y");
    assertThat(first.getLast().stepError()).isPresent();
    assertThat(filesystem("a").steps()).extracting(StepReport::to).containsExactly("@y", "@z");
  }
}
