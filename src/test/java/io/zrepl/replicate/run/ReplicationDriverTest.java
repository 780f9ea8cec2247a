package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.TestVersions;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.BlockedOn;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReplicationDriverTest {
  private final ScriptedWorld world = new ScriptedWorld();
  private int slots = 1;
  private RunLimits limits = RunLimits.DEFAULT;

  private ReplicationDriver driver() {
    return new ReplicationDriver(slots, 4, limits, new Random(1), VirtualRun.START);
  }

  private ReplicationReport run() {
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    run.finish();
    assertThat(driver.report().finishAt()).contains(run.now());
    return driver.report();
  }

  private static Failure failure(FailureScope scope, boolean temporary) {
    return new Failure(
        Side.RECEIVER, scope, temporary, FailureKind.GENERAL, "marker", Optional.empty());
  }

  private static Failure permanent() {
    return failure(FailureScope.FILESYSTEM, false);
  }

  private static Failure temporary() {
    return failure(FailureScope.FILESYSTEM, true);
  }

  private static FilesystemReport filesystem(ReplicationReport report, String path) {
    return report.attempts().getLast().filesystems().stream()
        .filter(f -> f.name().equals(DatasetPath.of(path)))
        .findFirst()
        .orElseThrow();
  }

  private static String error(FilesystemReport report) {
    return report.planError().or(report::stepError).orElseThrow().message();
  }

  // ---- order and slots

  @Test
  void oldestTargetGoesFirst() {
    slots = 1;
    // one is planned first and takes the slot; the others are ready while it runs
    world.pools.add("one", "@a,9999");
    world.pools.add("t3", "@c,3");
    world.pools.add("t4", "@d,4");
    world.pools.add("t9", "@b,2");
    run();
    assertThat(world.journal("start"))
        .containsExactly("one @a (full)", "t9 @b (full)", "t3 @c (full)", "t4 @d (full)");
  }

  @Test
  void stepsOfManyFilesystemsAdvanceTogether() {
    slots = 5;
    String snapshots =
        IntStream.rangeClosed(1, 20)
            .mapToObj(i -> "@s" + i + "," + i)
            .collect(Collectors.joining(" "));
    for (int i = 0; i < 100; i++) {
      world.pools.add("fs" + i, snapshots);
    }
    world.stepTime = path -> Duration.ofMillis(50);
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.mostRunning).isEqualTo(5);
    double previousMean = -1;
    double previousSpread = -1;
    for (int i = 1; i <= 20; i++) {
      List<Long> starts =
          world.startsOf("@s" + i).stream()
              .map(at -> Duration.between(VirtualRun.START, at).toMillis())
              .sorted()
              .toList();
      double mean = starts.stream().mapToLong(Long::longValue).average().orElseThrow();
      double spread = starts.get(75) - starts.get(25);
      if (i > 1) {
        assertThat(mean - previousMean).as("step %d", i).isCloseTo(1000, within(50.0));
        assertThat(spread).as("step %d", i).isCloseTo(previousSpread, within(10.0));
      }
      previousMean = mean;
      previousSpread = spread;
    }
  }

  @Test
  void stepsOfTwoFilesystemsInterleaveByDate() {
    world.pools.add("zroot/one", "@a,2 @b,10 @c,20");
    world.pools.add("zroot/two", "@u,15 @v,30");
    world.planningTime = Duration.ofSeconds(1);
    world.stepTime = path -> Duration.ofMillis(path.toString().equals("zroot/one") ? 1000 : 500);
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    run.finish();
    assertThat(world.journal("end"))
        .containsExactly(
            "zroot/one @a (full)",
            "zroot/one @a => @b",
            "zroot/two @u (full)",
            "zroot/one @b => @c",
            "zroot/two @u => @v");
    assertThat(run.elapsed()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void plannedFilesystemsStartWhileOthersArePlanned() {
    for (int i = 0; i < 12; i++) {
      world.pools.add("fs" + (char) ('a' + i), "@a,1");
    }
    world.planningTime = Duration.ofSeconds(10);
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    run.finish();
    assertThat(world.mostPlanning).isEqualTo(Attempt.CONCURRENT_PLANNINGS);
    assertThat(world.mostRunning).isEqualTo(1);
    assertThat(world.startsOf("@a").getFirst()).isEqualTo(VirtualRun.START.plusSeconds(10));
    assertThat(run.elapsed()).isEqualTo(Duration.ofSeconds(34));
  }

  @Test
  void nothingToReplicateIsDone() {
    ReplicationReport empty = run();
    assertThat(empty.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(empty.attempts()).hasSize(1);
    assertThat(empty.failedFilesystems()).isZero();
  }

  @Test
  void filesystemsOnlyOnTheReceiverAreNamedAndLeftAlone() {
    world.pools.add("tank/a", "@a,1", "@a,1");
    world.pools.add("tank/gone", "@a,1", "@a,1").offered = false;
    FakePools.Filesystem placeholder = world.pools.add("tank", "-", "-");
    placeholder.offered = false;
    placeholder.placeholder = true;
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report.attempts().getLast().onlyOnReceiver())
        .containsExactly(DatasetPath.of("tank/gone"));
    assertThat(world.journal).isEmpty();
  }

  // ---- parents

  @Test
  void childrenWaitForTheFirstStepOfTheirParent() {
    slots = 10;
    world.pools.add("p/a", "@x,5 @y,6");
    world.pools.add("p/a/b", "@x,1");
    world.pools.add("p/a/b/c", "@x,1");
    world.pools.add("p/aa", "@x,5");
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    while (world.journal.isEmpty()) {
      run.next();
    }
    assertThat(world.journal("start")).containsExactly("p/a @x (full)");
    run.next();
    run.next();
    run.next();
    assertThat(filesystem(driver.report(), "p/a/b").blockedOn())
        .isEqualTo(BlockedOn.PARENT_INITIAL_REPLICATION);
    assertThat(filesystem(driver.report(), "p/a/b").state()).isEqualTo(FilesystemState.STEPPING);
    run.finish();
    assertThat(world.journal)
        .containsSubsequence("end p/a @x (full)", "start p/a/b @x (full)")
        .containsSubsequence("end p/a/b @x (full)", "start p/a/b/c @x (full)");
    assertThat(world.journal.indexOf("start p/aa @x (full)"))
        .isLessThan(world.journal.indexOf("end p/a @x (full)"));
    assertThat(run.elapsed()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void failingInitialParentFailsItsDescendantsOnly() {
    slots = 3;
    world.pools.add("s/a", "@x,1");
    world.pools.add("s/a/child", "@x,1");
    world.pools.add("s/a/child/below", "@x,1");
    world.pools.add("s/aa", "@x,1");
    world.fail("s/a @x", permanent());
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(report.failedFilesystems()).isEqualTo(3);
    assertThat(error(filesystem(report, "s/a"))).isEqualTo("marker");
    assertThat(filesystem(report, "s/a/child").stepError().orElseThrow().message())
        .isEqualTo("parent(s) failed during initial replication: [s/a]");
    assertThat(error(filesystem(report, "s/a/child/below")))
        .startsWith("parent(s) failed during initial replication: [s/a");
    assertThat(filesystem(report, "s/aa").state()).isEqualTo(FilesystemState.DONE);
    assertThat(filesystem(report, "s/a/child").steps()).hasSize(1);
  }

  @Test
  void parentThatArrivedButCannotBeConfirmedDoesNotFailItsChildren() {
    world.pools.add("s/a", "@x,1");
    world.pools.add("s/a/child", "@x,1");
    for (int i = 0; i < 3; i++) {
      world.fail("confirm s/a @x", permanent());
    }
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(filesystem(report, "s/a").state()).isEqualTo(FilesystemState.STEP_ERROR);
    assertThat(filesystem(report, "s/a/child").state()).isEqualTo(FilesystemState.DONE);
  }

  @Test
  void childrenOfAParentWhosePoolFailedAreToldOfThePool() {
    world.pools.add("s/a", "@x,1");
    world.pools.add("s/a/child", "@x,1");
    world.fail(
        "s/a @x",
        new Failure(
            Side.SENDER,
            FailureScope.POOL,
            true,
            FailureKind.GENERAL,
            "pool suspended",
            Optional.empty()));
    ReplicationReport report = run();
    assertThat(error(filesystem(report, "s/a"))).isEqualTo("pool suspended");
    assertThat(error(filesystem(report, "s/a/child")))
        .isEqualTo("not continued, because the sender's pool s failed: pool suspended");
  }

  @Test
  void plannedSnapshotThatIsDestroyedBeforeItsRetryIsNoSuccess() {
    FakePools.Filesystem a = world.pools.add("a", "@x,1 @y,2", "@x,1");
    world.fail("a @y", temporary());
    world.when("a @y", () -> a.onSender.removeIf(version -> version.name().equals("y")));
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(error(filesystem(report, "a")))
        .contains("planned first are neither on the receiver nor, any more, on the sender");
  }

  /** A defect: what the driver believes is wrong, and its report must not go on for ever. */
  @Test
  void driverThatIsAbandonedHasFailed() {
    ReplicationDriver driver =
        new ReplicationDriver(1, 1, RunLimits.DEFAULT, new Random(1), VirtualRun.START);
    driver.on(new ReplicationEvent.Started(), VirtualRun.START);
    driver.abandon(VirtualRun.START.plusSeconds(1));
    assertThat(driver.isFinished()).isTrue();
    assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(driver.report().finishAt()).contains(VirtualRun.START.plusSeconds(1));
    assertThat(driver.report().attempts()).hasSize(1);
  }

  @Test
  void parentThatFailsToBePlannedFailsChildrenOnlyIfTheReceiverDoesNotHaveIt() {
    world.pools.add("s/new", "@x,1");
    world.pools.add("s/new/child", "@x,1");
    world.pools.add("s/old", "@x,1 @y,2", "@x,1");
    world.pools.add("s/old/child", "@x,1");
    world.fail("plan s/new", permanent()).fail("plan s/old", permanent());
    ReplicationReport report = run();
    assertThat(filesystem(report, "s/new").state()).isEqualTo(FilesystemState.PLANNING_ERROR);
    assertThat(error(filesystem(report, "s/new/child"))).contains("[s/new]");
    assertThat(filesystem(report, "s/old").planError()).isPresent();
    assertThat(filesystem(report, "s/old/child").state()).isEqualTo(FilesystemState.DONE);
  }

  @ParameterizedTest(name = "parent with {0} on the sender, {1} on the receiver")
  @CsvSource({"-, -, false", "#b, -, false", "'@x,1 @y,2', '@x,1', true", "'@x,1', '@z,9', true"})
  void parentThatIsNotCreatedByThisRunDoesNotBlock(
      String onSender, String onReceiver, boolean exists) {
    if (onSender.equals("#b")) {
      onSender = "#b,1";
    }
    if (exists) {
      world.pools.add("s/a", onSender, onReceiver);
    } else {
      world.pools.add("s/a", onSender);
    }
    world.pools.add("s/a/child", "@x,1");
    world.fail("s/a @y", permanent());
    ReplicationReport report = run();
    assertThat(filesystem(report, "s/a").state().isError()).isTrue();
    assertThat(filesystem(report, "s/a/child").state()).isEqualTo(FilesystemState.DONE);
  }

  @Test
  void childOfSenderPlaceholderStartsAtOnce() {
    world.pools.add("s/a", "-").senderPlaceholder = true;
    world.pools.add("s/a/child", "@x,1");
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
  }

  @Test
  void childrenWaitForTheReplacementOfAPlaceholderButSurviveItsFailure() {
    slots = 5;
    world.pools.add("s/a", "@x,1", "-").placeholder = true;
    world.pools.add("s/a/child", "@x,1 @y,2", "@x,1");
    world.fail("s/a @x", permanent());
    ReplicationReport report = run();
    assertThat(filesystem(report, "s/a").state()).isEqualTo(FilesystemState.STEP_ERROR);
    assertThat(filesystem(report, "s/a/child").state()).isEqualTo(FilesystemState.DONE);
    assertThat(world.journal)
        .containsExactly(
            "start s/a @x (full)",
            "fail s/a @x (full)",
            "start s/a/child @x => @y",
            "end s/a/child @x => @y");
  }

  @Test
  void childrenWaitWhileTheirParentIsTriedAgain() {
    world.pools.add("s/a", "@x,1");
    world.pools.add("s/a/child", "@x,1");
    world.fail("s/a @x", temporary());
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal("end")).containsExactly("s/a @x (full)", "s/a/child @x (full)");
  }

  // ---- failures and retries

  @Test
  void oneFailureStaysOneFailure() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,1 @y,2 @z,3");
    world.pools.add("c", "-");
    world.pools.add("d", "@x,1", "@other,9");
    world.pools.add("e", "@x,1");
    world.fail("b @y", permanent());
    ReplicationReport report = run();
    assertThat(report.attempts()).hasSize(1);
    assertThat(report.attempts().getFirst().state()).isEqualTo(AttemptState.FILESYSTEM_ERROR);
    assertThat(report.failedFilesystems()).isEqualTo(3);
    assertThat(filesystem(report, "a").state()).isEqualTo(FilesystemState.DONE);
    assertThat(filesystem(report, "e").state()).isEqualTo(FilesystemState.DONE);
    FilesystemReport b = filesystem(report, "b");
    assertThat(b.state()).isEqualTo(FilesystemState.STEP_ERROR);
    assertThat(b.currentStep()).isEqualTo(1);
    assertThat(b.steps()).hasSize(3);
    assertThat(filesystem(report, "c").planError().orElseThrow().message())
        .isEqualTo("no snapshots available on sender side");
    assertThat(filesystem(report, "d").planError().orElseThrow().advice()).isPresent();
    assertThat(world.listings).isEqualTo(1);
  }

  @Test
  void retryOfASingleStepExecutesIt() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", temporary());
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal)
        .containsExactly(
            "start a @x (full)", "fail a @x (full)", "start a @x (full)", "end a @x (full)");
    assertThat(world.listings).as("listed anew before the retry").isEqualTo(2);
    assertThat(filesystem(report, "a").stepError()).isEmpty();
    assertThat(filesystem(report, "a").failedTries()).isZero();
  }

  @Test
  void retryContinuesPartialStateAndIncludesTheLastStepButNothingNewer() {
    FakePools.Filesystem a = world.pools.add("a", "@w,1 @x,2 @y,3 @z,4", "@w,1");
    world.fail("a @y", temporary());
    world.when(
        "a @y",
        () -> {
          a.interrupt(
              new ReplicationStep(
                  Optional.of(TestVersions.version("@x,2")),
                  TestVersions.snapshot("@y,3"),
                  Optional.empty()));
          a.onSender.add(TestVersions.version("@new,5"));
        });
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal("end"))
        .containsExactly("a @w => @x", "a @x => @y resumed", "a @y => @z");
    FilesystemReport filesystem = filesystem(report, "a");
    assertThat(filesystem.steps()).hasSize(3);
    assertThat(filesystem.currentStep()).isEqualTo(3);
    assertThat(filesystem.steps().get(1).resumed()).isTrue();
  }

  @Test
  void triesAreLimitedAndCompletedStepsStartThemAnew() {
    world.pools.add("a", "@x,1 @y,2");
    world.fail("a @x", temporary()).fail("a @x", temporary());
    world.fail("a @y", temporary()).fail("a @y", temporary()).fail("a @y", temporary());
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    FilesystemReport a = filesystem(report, "a");
    assertThat(a.failedTries()).isEqualTo(3);
    assertThat(a.retryAt()).isEmpty();
    assertThat(a.state()).isEqualTo(FilesystemState.STEP_ERROR);
    assertThat(world.journal("fail")).hasSize(5);
    assertThat(world.journal("end")).containsExactly("a @x (full)");
  }

  @Test
  void waitingForARetryIsVisibleAndDoesNotHoldUpOthers() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2 @y,3");
    world.fail("a @x", temporary());
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    while (world.journal("end").size() < 2) {
      run.next();
    }
    FilesystemReport a = filesystem(driver.report(), "a");
    assertThat(a.state()).isEqualTo(FilesystemState.STEP_ERROR);
    assertThat(a.retryAt()).isPresent();
    assertThat(a.stepError().orElseThrow().message()).isEqualTo("marker");
    assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.RUNNING);
    run.finish();
    assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(run.elapsed()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(15));
  }

  @Test
  void whatFailedWaitsForWhatDidNot() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2 @y,3 @z,4");
    world.stepTime = path -> Duration.ofSeconds(30);
    world.fail("a @x", temporary());
    run();
    assertThat(world.journal("end"))
        .containsExactly("b @x (full)", "b @x => @y", "b @y => @z", "a @x (full)");
  }

  @Test
  void retriesThatAreDueAboutTheSameTimeShareAListing() {
    slots = 10;
    for (int i = 0; i < 10; i++) {
      world.pools.add("fs" + i, "@x,1");
      world.fail("fs" + i + " @x", temporary());
    }
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    // the back-off spreads them over five seconds at most
    assertThat(world.listings).isBetween(2, 3);
  }

  @Test
  void planningIsTriedAgainToo() {
    world.pools.add("a", "@x,1");
    world.fail("plan a", temporary()).fail("plan a", temporary());
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal("end")).containsExactly("a @x (full)");
  }

  @Test
  void failedListingBeforeARetryCountsAsATry() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,1");
    world.fail("a @x", temporary());
    world.when("a @x", () -> world.fail("list receiver", temporary()));
    assertThat(run().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.listings).isEqualTo(3);
  }

  @Test
  void filesystemThatVanishesBeforeItsRetryFails() {
    FakePools.Filesystem a = world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,1");
    world.fail("a @x", temporary());
    world.when("a @x", () -> a.offered = false);
    ReplicationReport report = run();
    assertThat(error(filesystem(report, "a"))).contains("no longer offers");
    assertThat(filesystem(report, "b").state()).isEqualTo(FilesystemState.DONE);
  }

  @Test
  void unusableResumeTokenIsPlannedAroundOnceWithoutDelay() {
    FakePools.Filesystem a = world.pools.add("a", "@x,1 @y,2", "@x,1");
    a.interrupt(
        new ReplicationStep(
            Optional.of(TestVersions.version("@x,1")),
            TestVersions.snapshot("@y,2"),
            Optional.empty()));
    Failure rejected =
        new Failure(
            Side.SENDER,
            FailureScope.FILESYSTEM,
            false,
            FailureKind.RESUME_TOKEN_UNUSABLE,
            "raw mismatch",
            Optional.empty());
    world.fail("a @y", rejected);
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    run.finish();
    assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal("start")).containsExactly("a @x => @y resumed", "a @x => @y");
    assertThat(run.elapsed()).isEqualTo(Duration.ofSeconds(2));
    assertThat(world.listings).isEqualTo(1);
  }

  @Test
  void tokenFailureOfAStepWithoutTokenIsFinal() {
    world.pools.add("a", "@x,1");
    world.fail(
        "a @x",
        new Failure(
            Side.SENDER,
            FailureScope.FILESYSTEM,
            false,
            FailureKind.RESUME_TOKEN_UNUSABLE,
            "odd",
            Optional.empty()));
    assertThat(error(filesystem(run(), "a"))).isEqualTo("odd");
  }

  @Test
  void unconfirmedStepIsConfirmedWithoutSendingAgain() {
    world.pools.add("a", "@x,1 @y,2");
    world.fail("confirm a @x", permanent()).fail("confirm a @x", temporary());
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal)
        .containsExactly(
            "start a @x (full)",
            "unconfirmed a @x (full)",
            "start a @x (full) (confirm)",
            "unconfirmed a @x (full) (confirm)",
            "start a @x (full) (confirm)",
            "end a @x (full) (confirm)",
            "start a @x => @y",
            "end a @x => @y");
    assertThat(filesystem(report, "a").steps()).hasSize(2);
    assertThat(filesystem(report, "a").steps().getFirst().bytesReplicated()).isEqualTo(100);
  }

  @Test
  void stepThatArrivedAlthoughItsAnswerWasLostIsConfirmed() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2 @y,3");
    world.fail("answer a @x", failure(FailureScope.PEER, true)).fail("answer b @x", temporary());
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal("start"))
        .as("nothing is sent again, and the sender hears of both")
        .containsExactlyInAnyOrder(
            "a @x (full)",
            "b @x (full)",
            "a @x (full) (confirm)",
            "b @x (full) (confirm)",
            "b @x => @y");
  }

  @Test
  void stepThatCannotBeConfirmedIsAnError() {
    world.pools.add("a", "@x,1");
    for (int i = 0; i < 3; i++) {
      world.fail("confirm a @x", permanent());
    }
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(world.journal("start")).hasSize(3);
  }

  @Test
  void failureOfASendersPoolStopsThatPoolOnly() {
    world.pools.add("p1/a", "@x,1 @y,4");
    world.pools.add("p1/b", "@x,2");
    world.pools.add("p2/a", "@x,3");
    world.fail(
        "p1/a @x",
        new Failure(
            Side.SENDER,
            FailureScope.POOL,
            true,
            FailureKind.GENERAL,
            "pool suspended",
            Optional.empty()));
    ReplicationReport report = run();
    assertThat(report.attempts()).as("left to the next run of the job").hasSize(1);
    assertThat(world.listings).isEqualTo(1);
    assertThat(error(filesystem(report, "p1/a"))).isEqualTo("pool suspended");
    assertThat(error(filesystem(report, "p1/b")))
        .isEqualTo("not continued, because the sender's pool p1 failed: pool suspended");
    assertThat(filesystem(report, "p2/a").state()).isEqualTo(FilesystemState.DONE);
  }

  @Test
  void failureOfTheReceiversPoolStopsEverythingButLetsRunningStepsEnd() {
    slots = 2;
    world.pools.add("p1/a", "@x,1 @y,4");
    world.pools.add("p2/a", "@x,2 @y,5");
    world.pools.add("p2/b", "@x,3");
    world.pools.add("p2/c", "@x,3", "@x,3");
    world.stepTime = path -> Duration.ofSeconds(path.toString().equals("p1/a") ? 1 : 2);
    world.fail("p1/a @x", failure(FailureScope.POOL, true));
    ReplicationReport report = run();
    assertThat(world.journal("end")).containsExactly("p2/a @x (full)");
    assertThat(filesystem(report, "p2/a").currentStep()).isEqualTo(1);
    assertThat(error(filesystem(report, "p2/a")))
        .isEqualTo("not continued, because the receiver's pool failed: marker");
    assertThat(error(filesystem(report, "p2/b"))).contains("receiver's pool");
    assertThat(filesystem(report, "p2/c").state()).isEqualTo(FilesystemState.DONE);
    assertThat(report.attempts()).hasSize(1);
  }

  @Test
  void lostPeerEndsTheAttemptAndTheNextDoesAllThatIsLeft() {
    FakePools.Filesystem a = world.pools.add("a", "@w,1 @x,2 @y,3", "@w,1");
    world.pools.add("b", "@x,5");
    world.pools.add("c", "@x,6");
    world.fail("a @x", failure(FailureScope.PEER, true));
    world.when("a @x", () -> a.onSender.add(TestVersions.version("@new,9")));
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report.attempts()).hasSize(2);
    AttemptReport first = report.attempts().getFirst();
    assertThat(first.state()).isEqualTo(AttemptState.FILESYSTEM_ERROR);
    assertThat(first.failedFilesystems()).isEqualTo(3);
    assertThat(first.finishAt()).isPresent();
    assertThat(world.journal("start"))
        .containsExactly("a @w => @x", "a @w => @x", "a @x => @y", "b @x (full)", "c @x (full)");
    assertThat(Duration.between(first.finishAt().orElseThrow(), report.attempts().get(1).startAt()))
        .as("the peer answers the first probe")
        .isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void unconfirmedStepIsConfirmedByTheNextAttempt() {
    world.pools.add("a", "@x,1");
    world.fail("confirm a @x", failure(FailureScope.PEER, true));
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report.attempts()).hasSize(2);
    assertThat(world.journal("end")).containsExactly("a @x (full) (confirm)");
  }

  @Test
  void attemptsAreLimited() {
    world.pools.add("a", "@x,1");
    for (int i = 0; i < 5; i++) {
      world.fail("a @x", failure(FailureScope.PEER, true));
    }
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(report.attempts()).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(
      value = FailureScope.class,
      names = {"PEER", "JOB"})
  void permanentFailureBeyondAFilesystemEndsTheRun(FailureScope scope) {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2");
    world.fail("a @x", failure(scope, false));
    ReplicationReport report = run();
    assertThat(report.attempts()).hasSize(1);
    assertThat(report.failedFilesystems()).isEqualTo(2);
    assertThat(world.journal("start")).hasSize(1);
  }

  @Test
  void temporaryFailureOfTheJobEndsTheRun() {
    world.pools.add("a", "@x,1");
    world.fail("a @x", failure(FailureScope.JOB, true));
    assertThat(run().attempts()).hasSize(1);
  }

  @Test
  void stopEndsThoseThatWaitForARetryWithTheirOwnError() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2");
    world.fail(
        "a @x",
        new Failure(
            Side.RECEIVER,
            FailureScope.FILESYSTEM,
            true,
            FailureKind.GENERAL,
            "busy",
            Optional.empty()));
    world.fail("b @x", failure(FailureScope.PEER, false));
    ReplicationReport report = run();
    assertThat(error(filesystem(report, "a"))).isEqualTo("busy");
    assertThat(filesystem(report, "a").retryAt()).isEmpty();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
  }

  // ---- listing

  @Test
  void failedListingIsAPlanningErrorAndTemporaryOnesAreRepeated() {
    world.pools.add("a", "@x,1");
    world.fail("list sender", failure(FailureScope.PEER, true));
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(report.attempts()).hasSize(2);
    assertThat(report.attempts().getFirst().state()).isEqualTo(AttemptState.PLANNING_ERROR);
    assertThat(report.attempts().getFirst().planError().orElseThrow().message())
        .isEqualTo("marker");
  }

  @Test
  void permanentListingFailureEndsTheRun() {
    world.fail("list receiver", failure(FailureScope.PEER, false));
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(report.failedFilesystems()).isEqualTo(-1);
    assertThat(report.attempts()).hasSize(1);
  }

  @Test
  void failuresOfBothSidesAreTold() {
    world.fail(
        "list sender",
        new Failure(
            Side.SENDER, FailureScope.PEER, true, FailureKind.GENERAL, "gone", Optional.empty()));
    world.fail("list receiver", failure(FailureScope.PEER, false));
    ReplicationReport report = run();
    assertThat(report.attempts()).as("the permanent one decides").hasSize(1);
    assertThat(report.attempts().getFirst().planError().orElseThrow().message())
        .isEqualTo("marker; and gone");
  }

  @Test
  void sideThatListsAFilesystemTwiceIsNotTrusted() {
    ReplicationDriver driver = driver();
    driver.on(new ReplicationEvent.Started(), VirtualRun.START);
    FakePools pools = new FakePools();
    pools.add("a", "@x,1");
    List<io.zrepl.endpoint.FilesystemEntry> twice =
        List.of(pools.list(Side.SENDER).getFirst(), pools.list(Side.SENDER).getFirst());
    driver.on(new ReplicationEvent.Listed(Side.SENDER, 1, twice), VirtualRun.START);
    driver.on(new ReplicationEvent.Listed(Side.RECEIVER, 1, List.of()), VirtualRun.START);
    assertThat(driver.report().outcome()).isEqualTo(ReplicationOutcome.FAILED);
    assertThat(driver.report().attempts().getFirst().planError().orElseThrow().message())
        .isEqualTo("the sender lists filesystem a twice");
  }

  @Test
  void largeFleetUnderOneParentIsTriedAgainAndEnds() {
    slots = 50;
    world.pools.add("p", "@x,1");
    for (int i = 0; i < 5000; i++) {
      world.pools.add("p/" + i, "@x,1 @y,2");
      world.fail("p/" + i + " @y", temporary());
    }
    ReplicationReport report = run();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.DONE);
    assertThat(world.journal("end")).hasSize(10_001);
    assertThat(world.mostRunning).isEqualTo(50);
    assertThat(world.listings).isLessThan(100);
  }

  // ---- cancellation and report

  @Test
  void cancellationIsReportedForAllThatWasNotFinished() {
    world.pools.add("a", "@x,1");
    world.pools.add("b", "@x,2 @y,3");
    world.pools.add("b/c", "@x,2");
    ReplicationDriver driver = driver();
    VirtualRun run = new VirtualRun(driver, world);
    while (world.journal("end").size() < 1) {
      run.next();
    }
    run.cancel();
    ReplicationReport report = driver.report();
    assertThat(report.outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
    assertThat(report.finishAt()).isPresent();
    assertThat(report.attempts().getLast().state()).isEqualTo(AttemptState.FILESYSTEM_ERROR);
    assertThat(filesystem(report, "a").state()).isEqualTo(FilesystemState.DONE);
    assertThat(error(filesystem(report, "b"))).isEqualTo("the replication was cancelled");
    assertThat(error(filesystem(report, "b/c"))).isEqualTo("the replication was cancelled");
  }

  @Test
  void cancellationWhileListingAndWhileWaitingForTheNextAttempt() {
    ReplicationDriver listing = driver();
    new VirtualRun(listing, world).cancel();
    assertThat(listing.report().outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
    assertThat(listing.report().attempts().getFirst().state())
        .isEqualTo(AttemptState.PLANNING_ERROR);

    world.fail("list sender", failure(FailureScope.PEER, true));
    ReplicationDriver waiting = driver();
    VirtualRun run = new VirtualRun(waiting, world);
    run.next();
    run.next();
    assertThat(waiting.deadline()).isPresent();
    run.cancel();
    assertThat(waiting.report().outcome()).isEqualTo(ReplicationOutcome.CANCELLED);
    assertThat(waiting.report().attempts()).hasSize(1);
  }

  @Test
  void reportShowsTheStagesOfARun() {
    world.policy = InitialReplication.MOST_RECENT;
    world.pools.add("a", "@x,1 @y,2");
    ReplicationDriver driver = driver();
    assertThat(driver.report().attempts()).isEmpty();
    VirtualRun run = new VirtualRun(driver, world);
    assertThat(driver.report().attempts().getFirst().state()).isEqualTo(AttemptState.PLANNING);
    run.next();
    run.next();
    assertThat(driver.report().attempts().getFirst().state())
        .isEqualTo(AttemptState.FAN_OUT_FILESYSTEMS);
    assertThat(filesystem(driver.report(), "a").state()).isEqualTo(FilesystemState.PLANNING);
    run.next();
    run.next();
    FilesystemReport stepping = filesystem(driver.report(), "a");
    assertThat(stepping.state()).isEqualTo(FilesystemState.STEPPING);
    assertThat(stepping.blockedOn()).isEqualTo(BlockedOn.NOTHING);
    assertThat(stepping.steps())
        .containsExactly(
            new io.zrepl.replicate.report.StepReport(
                "", "@y", false, java.util.OptionalLong.of(100), 0));
    run.finish();
    ReplicationReport done = driver.report();
    assertThat(done.startAt()).isEqualTo(VirtualRun.START);
    assertThat(done.finishAt()).contains(VirtualRun.START.plusSeconds(1));
    assertThat(filesystem(done, "a").currentStep()).isEqualTo(1);
    assertThat(filesystem(done, "a").steps().getFirst().bytesReplicated()).isEqualTo(100);
  }

  @Test
  void sameEventsGiveTheSameActions() {
    List<List<String>> journals = new java.util.ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ScriptedWorld again = new ScriptedWorld();
      for (String path : List.of("a", "a/b", "c", "d")) {
        again.pools.add(path, "@x,1 @y,2");
        again.fail(path + " @x", temporary());
      }
      ReplicationDriver driver = driver();
      VirtualRun run = new VirtualRun(driver, again);
      run.finish();
      again.journal.add(run.now().toString());
      journals.add(again.journal);
    }
    assertThat(journals.get(0)).isEqualTo(journals.get(1));
  }

  @Test
  void finishedDriverRefusesEvents() {
    ReplicationDriver driver = driver();
    new VirtualRun(driver, world).finish();
    org.assertj.core.api.Assertions.assertThatIllegalStateException()
        .isThrownBy(
            () -> driver.on(new ReplicationEvent.TimePassed(java.util.Map.of()), Instant.EPOCH));
  }
}
