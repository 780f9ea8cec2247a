package io.zrepl.prune;

import static io.zrepl.prune.Samples.bookmark;
import static io.zrepl.prune.Samples.cursor;
import static io.zrepl.prune.Samples.grid;
import static io.zrepl.prune.Samples.held;
import static io.zrepl.prune.Samples.lastN;
import static io.zrepl.prune.Samples.notReplicated;
import static io.zrepl.prune.Samples.regex;
import static io.zrepl.prune.Samples.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.HeapSpace;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.prune.PrunerReport.FilesystemReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

class PruneRunTest {
  private static final Logger LOG = NOPLogger.NOP_LOGGER;
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_000_000));
  private final OperationException unreachable =
      new OperationException(
          FailureScope.PEER, true, "the peer does not answer", "start its daemon", null);

  private final FakeSide sender = new FakeSide();
  private final FakeSide receiver = new FakeSide();

  private static PruneRun run(PruneSubject subject, KeepRule... rules) throws InterruptedException {
    PruneRun run = new PruneRun(subject, List.of(rules), CLOCK, PruneObserver.NONE, LOG);
    run.run();
    return run;
  }

  private PrunerReport pruneSender(KeepRule... rules) throws InterruptedException {
    return run(
            new PruneSubject.OfSender(
                ListedEndpoint.of(sender, sender.entries()),
                Optional.of(ListedEndpoint.of(receiver, receiver.entries()))),
            rules)
        .report();
  }

  /** Replication never got as far as listing the receiver. */
  private PrunerReport pruneSenderAlone(KeepRule... rules) throws InterruptedException {
    return run(
            new PruneSubject.OfSender(
                ListedEndpoint.of(sender), Optional.of(ListedEndpoint.of(receiver))),
            rules)
        .report();
  }

  private PrunerReport pruneReceiver(KeepRule... rules) throws InterruptedException {
    return run(
            new PruneSubject.OfReceiver(
                ListedEndpoint.of(receiver, receiver.entries()),
                ListedEndpoint.of(sender, sender.entries())),
            rules)
        .report();
  }

  private static FilesystemReport of(PrunerReport report, String filesystem) {
    return report.completed().stream()
        .filter(f -> f.filesystem().equals(DatasetPath.of(filesystem)))
        .findFirst()
        .orElseThrow();
  }

  private static List<KeepReason> whyKept(PrunerReport report, String filesystem, String name) {
    return of(report, filesystem).snapshotList().stream()
        .filter(s -> s.name().equals(name))
        .findFirst()
        .orElseThrow()
        .kept();
  }

  // ---- what is destroyed

  @Test
  void destroysOnTheSenderWhatIsReplicatedAndNoOtherRuleKeeps() throws InterruptedException {
    sender.with("tank/a", snapshot(1), snapshot(2), cursor(3), snapshot(3), snapshot(4));
    sender.withCursor("tank/a", 3);
    receiver.with("tank/a", snapshot(1), snapshot(2), snapshot(3));

    PrunerReport report = pruneSender(notReplicated(), regex("s2"));

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(sender.names("tank/a")).containsExactly("s2", cursor(3).name(), "s3", "s4");
    FilesystemReport filesystem = of(report, "tank/a");
    assertThat(filesystem.destroyList())
        .containsExactly(
            new PrunerReport.SnapshotReport("s1", true, Instant.ofEpochSecond(60), List.of()));
    assertThat(filesystem.snapshotList())
        .extracting(s -> s.name() + " " + s.replicated())
        .containsExactly("s1 true", "s2 true", "s3 false", "s4 false");
    assertThat(filesystem.lastError()).isEmpty();
    assertThat(report.startedAt()).contains(CLOCK.instant());
    assertThat(report.finishedAt()).contains(CLOCK.instant());
  }

  @Test
  void anyRuleThatLetsTheSnapshotAtTheCursorGoDecidesOnTheSender() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2), snapshot(3)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneSender(new KeepRule.NotReplicated(true), new KeepRule.NotReplicated(false));

    assertThat(sender.names("tank")).containsExactly(cursor(2).name(), "s3");
  }

  @Test
  void snapshotAtTheCursorNeverCountsAsReplicatedOnTheReceiver() throws InterruptedException {
    sender.with("tank", cursor(2), snapshot(3)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneReceiver(new KeepRule.NotReplicated(false));

    assertThat(receiver.names("tank")).containsExactly("s2");
  }

  @Test
  void cursorWithoutSnapshotStillTellsWhatIsReplicatedOnTheSender() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(3)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));

    assertThat(pruneSender(notReplicated()).phase()).isEqualTo(PrunePhase.DONE);

    assertThat(sender.names("tank")).containsExactly(cursor(2).name(), "s3");
  }

  @Test
  void cursorWithoutSnapshotOnTheReceiverMeansThatNothingIsReplicated()
      throws InterruptedException {
    sender.with("tank", cursor(2), snapshot(3)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(4));

    assertThat(pruneReceiver(notReplicated()).phase()).isEqualTo(PrunePhase.DONE);

    assertThat(receiver.names("tank")).containsExactly("s1", "s4");
  }

  @Test
  void localJobNeedsNoCursorAndKeepsNoCommonVersion() throws InterruptedException {
    sender.with("tank", snapshot(1), bookmark("b", 2), snapshot(2), snapshot(3));

    PrunerReport report =
        run(new PruneSubject.OfLocal(ListedEndpoint.of(sender)), regex("^s3")).report();

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(sender.names("tank")).containsExactly("b", "s3");
    assertThat(sender.asked).doesNotContain("cursor tank");
    assertThat(of(report, "tank").snapshotList())
        .extracting(PrunerReport.SnapshotReport::replicated)
        .containsExactly(true, true, false);
  }

  @Test
  void localFilesystemWithoutVersionsIsNoFailure() throws InterruptedException {
    sender.with("tank");
    assertThat(run(new PruneSubject.OfLocal(ListedEndpoint.of(sender)), lastN(1)).report().phase())
        .isEqualTo(PrunePhase.DONE);
  }

  // ---- what is left alone

  @Test
  void placeholdersAndFilesystemsThatTheSenderLacksAreSkipped() throws InterruptedException {
    sender.with("tank/a", cursor(2), snapshot(2)).withCursor("tank/a", 2);
    receiver
        .withPlaceholder("tank")
        .with("tank/a", snapshot(1), snapshot(2))
        .with("tank/gone", snapshot(1), snapshot(2));

    PrunerReport report = pruneReceiver(lastN(1));

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(of(report, "tank").skipReason()).contains(SkipReason.PLACEHOLDER);
    assertThat(of(report, "tank/gone").skipReason()).contains(SkipReason.NO_CORRESPONDENCE);
    assertThat(of(report, "tank/gone").snapshotList()).isEmpty();
    assertThat(receiver.names("tank/gone")).containsExactly("s1", "s2");
    assertThat(receiver.names("tank/a")).containsExactly("s2");
    assertThat(of(report, "tank/gone").newestSnapshot()).contains(snapshot(2).creation());
    assertThat(of(report, "tank/gone").usedBytes()).isEmpty();
    assertThat(receiver.asked("versions")).containsExactly("versions tank/a", "versions tank/gone");
  }

  @Test
  void sizesOfAllFilesystemsThatTheSenderLacksAreOneQuestion() throws InterruptedException {
    receiver.with("tank/gone", snapshot(1)).with("tank/lost", snapshot(1));
    receiver.sizes.put(DatasetPath.of("tank/gone"), 4096L);
    receiver.sizes.put(DatasetPath.of("tank/lost"), 8192L);

    PrunerReport report = pruneReceiver(lastN(1));

    assertThat(of(report, "tank/gone").usedBytes()).hasValue(4096);
    assertThat(of(report, "tank/lost").usedBytes()).hasValue(8192);
    assertThat(receiver.asked("sizes")).containsExactly("sizes [tank/gone, tank/lost]");
  }

  @Test
  void nobodyIsAskedForSizesIfTheSenderHasEverything() throws InterruptedException {
    sender.with("tank", cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneReceiver(lastN(1));

    assertThat(receiver.asked("sizes")).isEmpty();
  }

  @Test
  void receiverThatDoesNotTellSizesIsPrunedAllTheSame() throws InterruptedException {
    sender.with("tank", cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2)).with("tank/gone", snapshot(1));
    receiver.hanging.add("sizes");

    PruneRun run =
        new PruneRun(
            new PruneSubject.OfReceiver(ListedEndpoint.of(receiver), ListedEndpoint.of(sender)),
            List.of(lastN(1)),
            CLOCK,
            PruneObserver.NONE,
            LOG,
            PruneRun.Options.DEFAULT.withStallLimit(Duration.ofMillis(400)));
    run.run();
    PrunerReport report = run.report();

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(receiver.names("tank")).containsExactly("s2");
    assertThat(of(report, "tank/gone").usedBytes()).isEmpty();
  }

  @Test
  void receiverIsNotPrunedWithoutTheSendersList() throws InterruptedException {
    sender.listFailure = Optional.of(unreachable);
    receiver.with("tank", snapshot(1), snapshot(2));

    PrunerReport report =
        run(
                new PruneSubject.OfReceiver(
                    ListedEndpoint.of(receiver, receiver.entries()), ListedEndpoint.of(sender)),
                lastN(1))
            .report();

    assertThat(report.phase()).isEqualTo(PrunePhase.PLAN_ERROR);
    assertThat(report.error()).isEqualTo("the peer does not answer");
    assertThat(report.advice()).contains("start its daemon");
    assertThat(report.completed()).isEmpty();
    assertThat(receiver.asked).isEmpty();
  }

  @Test
  void noDestroyIsAskedForWhenThereIsNothingToDestroy() throws InterruptedException {
    sender.with("tank", cursor(2), snapshot(2)).withCursor("tank", 2).with("tank/empty");
    receiver.with("tank", snapshot(2)).with("tank/empty");

    assertThat(pruneSender(lastN(5)).phase()).isEqualTo(PrunePhase.DONE);
    assertThat(pruneReceiver(lastN(5)).phase()).isEqualTo(PrunePhase.DONE);

    assertThat(sender.asked("destroy")).isEmpty();
    assertThat(receiver.asked("destroy")).isEmpty();
    assertThat(receiver.asked)
        .as("sender pruning with nothing to destroy does not ask the receiver, nor lists anew")
        .containsExactlyInAnyOrder("versions tank", "versions tank/empty");
  }

  @Test
  void withoutRulesNothingIsDestroyed() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2)).withCursor("tank", 2);
    assertThat(pruneSender().phase()).isEqualTo(PrunePhase.DONE);
    assertThat(sender.names("tank")).hasSize(3);
  }

  // ---- lists

  @Test
  void knownListsAreNotFetchedAgain() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneSender(lastN(1));
    pruneReceiver(lastN(1));

    assertThat(sender.asked("list")).isEmpty();
    assertThat(receiver.asked("list")).isEmpty();
    assertThat(sender.names("tank")).containsExactly(cursor(2).name(), "s2");
    assertThat(receiver.names("tank")).containsExactly("s2");
  }

  @Test
  void unknownListsAreFetchedOnceForBothRuns() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));
    ListedEndpoint<FakeSide> listedSender = ListedEndpoint.of(sender);
    ListedEndpoint<FakeSide> listedReceiver = ListedEndpoint.of(receiver);

    run(new PruneSubject.OfSender(listedSender, Optional.of(listedReceiver)), lastN(1));
    run(new PruneSubject.OfReceiver(listedReceiver, listedSender), lastN(1));

    assertThat(sender.asked("list")).hasSize(1);
    assertThat(receiver.asked("list")).hasSize(1);
    assertThat(receiver.names("tank")).containsExactly("s2");
  }

  // ---- missing cursor

  @Test
  void missingCursorBlocksTheFilesystemIfARuleNeedsIt() throws InterruptedException {
    sender
        .with("tank/a", snapshot(1), snapshot(2))
        .with("tank/b", snapshot(1), cursor(2), snapshot(2))
        .withCursor("tank/b", 2);
    receiver.with("tank/a", snapshot(1), snapshot(2)).with("tank/b", snapshot(1), snapshot(2));

    PrunerReport report = pruneSender(notReplicated());

    assertThat(report.phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(report.error()).isEqualTo("pruning failed for 1 of 2 filesystems");
    assertThat(of(report, "tank/a").lastError()).contains("no replication cursor");
    assertThat(of(report, "tank/a").advice()).isPresent();
    assertThat(sender.names("tank/a")).containsExactly("s1", "s2");
    assertThat(sender.names("tank/b")).containsExactly(cursor(2).name(), "s2");
  }

  @Test
  void missingCursorDoesNotMatterToOtherRules() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2), snapshot(3));
    receiver.with("tank", snapshot(1), snapshot(2), snapshot(3));

    assertThat(pruneSender(lastN(1)).phase()).isEqualTo(PrunePhase.DONE);
    assertThat(pruneReceiver(lastN(2)).phase()).isEqualTo(PrunePhase.DONE);

    assertThat(sender.names("tank")).containsExactly("s3");
    assertThat(receiver.names("tank")).containsExactly("s2", "s3");
  }

  @Test
  void whatWasNeverReplicatedIsPrunedOnTheSenderUnlessARuleNeedsToKnow()
      throws InterruptedException {
    sender.with("tank/a", snapshot(1), snapshot(2)).with("tank/b", snapshot(1), snapshot(2));
    receiver.with("tank/a", snapshot("other", 8), snapshot("another", 9));

    assertThat(pruneSender(lastN(1), notReplicated()).phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(sender.asked("destroy")).isEmpty();

    assertThat(pruneSender(lastN(1)).phase()).isEqualTo(PrunePhase.DONE);
    assertThat(sender.names("tank/a")).containsExactly("s2");
    assertThat(sender.names("tank/b")).containsExactly("s2");
  }

  @Test
  void replicaOfAnotherFilesystemOfThatNameIsNotPruned() throws InterruptedException {
    sender.with("tank/a", snapshot(1), snapshot(2));
    receiver.with("tank/a", snapshot("other", 8), snapshot("another", 9));

    PrunerReport report = pruneReceiver(lastN(1));

    assertThat(of(report, "tank/a").lastError()).contains("no version of it in common");
    assertThat(receiver.asked("destroy")).isEmpty();
  }

  @Test
  void deadReceiverDoesNotKeepTheSenderFromBeingPrunedWhereCursorsAreAlwaysMade()
      throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2));
    receiver.listFailure = Optional.of(unreachable);

    PrunerReport report =
        run(
                new PruneSubject.OfSender(
                    ListedEndpoint.of(sender), Optional.of(ListedEndpoint.of(receiver)), true),
                lastN(1))
            .report();

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(sender.names("tank")).containsExactly("s2");
  }

  @Test
  void deadReceiverBlocksFilesystemsWithoutCursorWhereNoneAreMadeAndIsAskedOnce()
      throws InterruptedException {
    for (String filesystem : List.of("tank/a", "tank/b", "tank/c", "tank/d", "tank/e")) {
      sender.with(filesystem, snapshot(1), snapshot(2));
    }
    receiver.listFailure = Optional.of(unreachable);

    PrunerReport report = pruneSenderAlone(lastN(1));

    assertThat(report.phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(report.completed())
        .hasSize(5)
        .allSatisfy(f -> assertThat(f.lastError()).contains("the peer does not answer"));
    assertThat(receiver.asked("list"))
        .as("asked by those that were planned at the same time only")
        .hasSizeLessThanOrEqualTo(PruneRun.CONCURRENCY);
    assertThat(sender.asked("destroy")).isEmpty();
  }

  @Test
  void receiverThatDoesNotAnswerDoesNotMatterToFilesystemsWithCursor() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.listFailure = Optional.of(unreachable);

    assertThat(pruneSenderAlone(lastN(1)).phase()).isEqualTo(PrunePhase.DONE);

    assertThat(sender.names("tank")).containsExactly(cursor(2).name(), "s2");
    assertThat(receiver.asked).isEmpty();
  }

  // ---- the last common version

  @Test
  void receiverKeepsTheSnapshotAtTheCursor() throws InterruptedException {
    sender.with("tank", cursor(2), snapshot(3)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1), snapshot(2));

    PrunerReport report = pruneReceiver(regex("s1"));

    assertThat(receiver.names("tank")).containsExactly("s1", "s2");
    assertThat(whyKept(report, "tank", "s2"))
        .singleElement()
        .isInstanceOf(KeepReason.CommonBase.class);
  }

  @Test
  void receiverKeepsTheNewestCommonVersionIfTheSnapshotAtTheCursorIsGone()
      throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2), cursor(4), snapshot(5)).withCursor("tank", 4);
    receiver.with("tank", snapshot(1), snapshot(2), snapshot(3));

    PrunerReport report = pruneReceiver(regex("s3"));

    assertThat(receiver.names("tank")).containsExactly("s2", "s3");
    assertThat(whyKept(report, "tank", "s2"))
        .singleElement()
        .isInstanceOf(KeepReason.CommonBase.class);
  }

  @Test
  void olderCommonVersionIsNoBaseForTheNextIncrementalSend() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2));
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneReceiver(regex("s1"));

    assertThat(receiver.names("tank")).containsExactly("s1", "s2");
  }

  @Test
  void bookmarkOfTheSenderIsAVersionInCommon() throws InterruptedException {
    sender.with("tank", bookmark("mine", 1), snapshot(9));
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneReceiver(regex("s2"));

    assertThat(receiver.names("tank")).containsExactly("s1", "s2");
  }

  @Test
  void senderWithoutCursorKeepsWhatTheReceiverHasNewestAlthoughAnOlderOneIsKept()
      throws InterruptedException {
    sender.with("tank", snapshot(7), snapshot(8), snapshot(9));
    receiver.with("tank", snapshot(7), snapshot(8));

    pruneSender(regex("s7|s9"));

    assertThat(sender.names("tank")).containsExactly("s7", "s8", "s9");
  }

  @Test
  void senderWithoutCursorKeepsTheNewestCommonVersion() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2), snapshot(3), snapshot(4));
    receiver.with("tank", snapshot(1), snapshot(2));

    PrunerReport report = pruneSender(lastN(1));

    assertThat(sender.names("tank")).containsExactly("s2", "s4");
    assertThat(whyKept(report, "tank", "s2"))
        .singleElement()
        .isInstanceOf(KeepReason.CommonBase.class);
  }

  @Test
  void bookmarkByHandIsEnoughForTheSenderButThatOfAnotherJobIsNot() throws InterruptedException {
    sender
        .with("tank/hand", bookmark("mine", 1), snapshot(1), snapshot(2))
        .with(
            "tank/job",
            bookmark("zrepl_CURSOR_G_0000000000000001_J_x", 1),
            snapshot(1),
            snapshot(2));
    receiver.with("tank/hand", snapshot(1)).with("tank/job", snapshot(1));

    pruneSender(lastN(1));

    assertThat(sender.names("tank/hand")).containsExactly("mine", "s2");
    assertThat(sender.names("tank/job")).contains("s1", "s2");
  }

  @Test
  void senderKeepsAnOlderCommonVersionIfTheReceiverLostTheOneAtTheCursor()
      throws InterruptedException {
    sender
        .with("tank", snapshot(1), snapshot(2), cursor(3), snapshot(3), snapshot(4))
        .withCursor("tank", 3);
    receiver.with("tank", snapshot(1), snapshot(2));

    pruneSender(notReplicated());

    assertThat(sender.names("tank")).containsExactly("s2", cursor(3).name(), "s3", "s4");
  }

  // ---- failures of a pool, or of a peer

  private static final List<String> MANY =
      IntStream.range(10, 30).mapToObj(i -> "tank/" + i).toList();

  private OperationException suspended(String pool) {
    return new OperationException(FailureScope.POOL, true, pool + " is suspended", "x", null);
  }

  @Test
  void failingPoolOfTheSenderIsLeftAloneAndOtherPoolsArePruned() throws InterruptedException {
    for (String filesystem : MANY) {
      sender.with(filesystem, snapshot(1), cursor(2), snapshot(2)).withCursor(filesystem, 2);
      sender.versionFailures.put(DatasetPath.of(filesystem), suspended("tank"));
    }
    sender.with("other/a", snapshot(1), cursor(2), snapshot(2)).withCursor("other/a", 2);

    PrunerReport report = pruneSender(lastN(1));

    assertThat(report.phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(report.temporaryFailure()).isTrue();
    assertThat(sender.asked("versions tank").size()).isLessThanOrEqualTo(PruneRun.CONCURRENCY);
    assertThat(sender.names("other/a")).containsExactly(cursor(2).name(), "s2");
    assertThat(of(report, "tank/29").lastError()).isEqualTo("not tried, because tank is suspended");
    assertThat(report.completed()).filteredOn(f -> !f.lastError().isEmpty()).hasSize(20);
  }

  @Test
  void poolThatFailsWhileDestroyingIsLeftAlone() throws InterruptedException {
    for (String filesystem : MANY) {
      sender.with(filesystem, snapshot(1), cursor(2), snapshot(2)).withCursor(filesystem, 2);
    }
    sender.onDestroy =
        filesystem -> {
          throw suspended("tank");
        };

    PrunerReport report = pruneSender(lastN(1));

    assertThat(sender.asked("destroy").size()).isLessThanOrEqualTo(PruneRun.CONCURRENCY);
    assertThat(report.completed()).allSatisfy(f -> assertThat(f.lastError()).contains("suspended"));
  }

  @Test
  void failingPoolOfTheReceiverConcernsAllWhateverTheyAreCalledOnTheSender()
      throws InterruptedException {
    List<String> filesystems = IntStream.range(10, 30).mapToObj(i -> "pool" + i + "/a").toList();
    for (String filesystem : filesystems) {
      receiver.with(filesystem, snapshot(1), snapshot(2));
      sender.with(filesystem, cursor(2)).withCursor(filesystem, 2);
      receiver.versionFailures.put(DatasetPath.of(filesystem), suspended("vault"));
    }

    PrunerReport report = pruneReceiver(lastN(1));

    assertThat(receiver.asked("versions").size()).isLessThanOrEqualTo(PruneRun.CONCURRENCY);
    assertThat(report.completed())
        .hasSize(20)
        .allSatisfy(f -> assertThat(f.lastError()).contains("vault is suspended"));
  }

  @Test
  void failingPoolOfTheSenderDoesNotKeepReplicasOfItsOtherPoolsFromBeingPruned()
      throws InterruptedException {
    for (String filesystem : List.of("tank/a", "tank/b", "other/a")) {
      receiver.with(filesystem, snapshot(1), snapshot(2));
      sender.with(filesystem, cursor(2)).withCursor(filesystem, 2);
    }
    sender.versionFailures.put(DatasetPath.of("tank/a"), suspended("tank"));
    sender.versionFailures.put(DatasetPath.of("tank/b"), suspended("tank"));

    pruneReceiver(lastN(1));

    assertThat(receiver.names("other/a")).containsExactly("s2");
    assertThat(receiver.names("tank/a")).containsExactly("s1", "s2");
  }

  @Test
  void receiverWhosePoolFailsBlocksOnlyFilesystemsWithoutCursorAndIsNotAskedAgain()
      throws InterruptedException {
    for (String filesystem : MANY) {
      sender.with(filesystem, snapshot(1), snapshot(2));
      receiver.with(filesystem, snapshot(1));
      receiver.versionFailures.put(DatasetPath.of(filesystem), suspended("vault"));
    }
    sender.with("tank/z", snapshot(1), cursor(2), snapshot(2)).withCursor("tank/z", 2);

    PrunerReport report = pruneSender(lastN(1));

    assertThat(receiver.asked("versions"))
        .as("asked by those that were planned at the same time only")
        .hasSizeLessThanOrEqualTo(PruneRun.CONCURRENCY);
    assertThat(sender.names("tank/z")).containsExactly(cursor(2).name(), "s2");
    assertThat(of(report, "tank/10").lastError()).contains("vault is suspended");
  }

  @Test
  void failureOfAPoolIsNewsOnce() {
    PruneStops stops = new PruneStops();
    PruneFailure pool = PruneFailure.of(suspended("tank"));
    assertThat(stops.note(DatasetPath.of("tank/a"), pool)).isTrue();
    assertThat(stops.note(DatasetPath.of("tank/b"), pool)).isFalse();
    assertThat(stops.note(DatasetPath.of("tank/b"), PruneFailure.of("broken"))).isTrue();
    assertThat(stops.note(DatasetPath.of("other/a"), pool)).isTrue();
    assertThat(stops.reasonFor(DatasetPath.of("third/a"))).isEmpty();
    assertThat(stops.note(DatasetPath.of("third/a"), PruneFailure.of(unreachable))).isTrue();
    assertThat(stops.note(DatasetPath.of("fourth/a"), PruneFailure.of(unreachable))).isFalse();
    assertThat(stops.reasonFor(DatasetPath.of("fourth/a")).orElseThrow().message())
        .contains("the peer does not answer");
  }

  // ---- failures

  @Test
  void failureOfOneFilesystemDoesNotStopTheOthers() throws InterruptedException {
    for (String filesystem : List.of("tank/a", "tank/b", "tank/c")) {
      sender.with(filesystem, snapshot(1), cursor(2), snapshot(2)).withCursor(filesystem, 2);
      receiver.with(filesystem, snapshot(2));
    }
    sender.versionFailures.put(
        DatasetPath.of("tank/a"), OperationException.permanent("tank/a is broken"));
    sender.onDestroy =
        filesystem -> {
          if (filesystem.equals(DatasetPath.of("tank/b"))) {
            throw OperationException.permanent("something broke");
          }
        };

    PrunerReport report = pruneSender(lastN(1));

    assertThat(report.phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(report.error()).isEqualTo("pruning failed for 2 of 3 filesystems");
    assertThat(report.pending()).isEmpty();
    assertThat(of(report, "tank/a").lastError()).isEqualTo("tank/a is broken");
    assertThat(of(report, "tank/b").lastError()).isEqualTo("something broke");
    assertThat(of(report, "tank/b").destroyList()).hasSize(1);
    assertThat(of(report, "tank/c").lastError()).isEmpty();
    assertThat(sender.names("tank/c")).doesNotContain("s1");
  }

  @Test
  void heldSnapshotsAreReportedAndTheOthersDestroyed() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2), cursor(3), snapshot(3)).withCursor("tank", 3);
    receiver.with("tank", snapshot(3));
    sender.refusals.put("s1", "it is held: dataset is busy");

    PrunerReport report = pruneSender(lastN(1));

    assertThat(report.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(sender.names("tank")).containsExactly("s1", cursor(3).name(), "s3");
    assertThat(of(report, "tank").inUse())
        .containsExactly(new DestroyResult("s1", Optional.of("it is held: dataset is busy")));
    assertThat(of(report, "tank").lastError()).isEmpty();
  }

  @Test
  void snapshotsThatAreKnownToBeHeldAreNotTried() throws InterruptedException {
    sender.with("tank", held(1, 2), held(2, 0), cursor(3), snapshot(3)).withCursor("tank", 3);
    receiver.with("tank", snapshot(3));

    PrunerReport report = pruneSender(lastN(1));

    assertThat(sender.asked("destroy")).containsExactly("destroy tank [s2]");
    assertThat(whyKept(report, "tank", "s1")).containsExactly(new KeepReason.Held(2));
  }

  @Test
  void holdersAreNamedWhereTheyCanBeFoundOut() throws InterruptedException {
    sender
        .with("tank", held(1, 1), snapshot(2), cursor(3), snapshot(3), snapshot(4))
        .withCursor("tank", 3);
    receiver.with("tank", snapshot(3));
    sender.refusals.put("s2", "it is held: dataset is busy");
    List<String> asked = new ArrayList<>();
    HolderNames holders =
        (filesystem, snapshots) -> {
          asked.add(filesystem + " " + snapshots);
          return Map.of("s1", List.of("mine"), "s2", List.of("backup", "hers"));
        };

    PruneRun run =
        new PruneRun(
            new PruneSubject.OfSender(ListedEndpoint.of(sender), Optional.empty()),
            List.of(lastN(1)),
            CLOCK,
            PruneObserver.NONE,
            LOG,
            PruneRun.Options.DEFAULT.withHolders(holders));
    run.run();

    assertThat(whyKept(run.report(), "tank", "s1"))
        .extracting(KeepReason::text)
        .containsExactly("it is held (tag mine)");
    assertThat(of(run.report(), "tank").inUse())
        .containsExactly(
            new DestroyResult(
                "s2", Optional.of("it is held: dataset is busy (tags backup, hers)")));
    assertThat(asked).containsExactly("tank [s1]", "tank [s2]");
  }

  @Test
  void dryRunPlansEverythingAndDestroysNothing() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2));

    PruneRun run =
        new PruneRun(
            new PruneSubject.OfLocal(ListedEndpoint.of(sender)),
            List.of(lastN(1)),
            CLOCK,
            PruneObserver.NONE,
            LOG,
            PruneRun.Options.DEFAULT.withDryRun());
    run.run();

    assertThat(run.report().phase()).isEqualTo(PrunePhase.EXECUTE);
    assertThat(run.report().pending().getFirst().destroyList())
        .extracting(s -> s.name() + " " + s.objections())
        .containsExactly("s1 [last_n 1: it is number 2]");
    assertThat(sender.asked("destroy")).isEmpty();
  }

  @Test
  void otherRefusalsAreFailures() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2), cursor(3), snapshot(3)).withCursor("tank", 3);
    receiver.with("tank", snapshot(3));
    sender.refusals.put("s2", "out of space");

    PrunerReport report = pruneSender(lastN(1));

    assertThat(report.phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(of(report, "tank").lastError()).isEqualTo("destroys failed @s2: out of space");
    assertThat(sender.names("tank")).doesNotContain("s1");
  }

  @Test
  void defectInAnEndpointIsAFailureOfItsFilesystem() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.with("tank", snapshot(2));
    sender.onDestroy =
        filesystem -> {
          throw new IllegalStateException("impossible");
        };

    assertThat(of(pruneSender(lastN(1)), "tank").lastError()).contains("impossible");
  }

  // ---- concurrency, cancellation, observers

  @Test
  void fourFilesystemsAtATime() throws InterruptedException {
    for (int i = 0; i < 8; i++) {
      String filesystem = "tank/" + i;
      sender.with(filesystem, snapshot(1), cursor(2), snapshot(2)).withCursor(filesystem, 2);
      receiver.with(filesystem, snapshot(2));
    }
    // Nobody passes before four are there, so that fewer would end in a timeout.
    CyclicBarrier four = new CyclicBarrier(PruneRun.CONCURRENCY);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    sender.onDestroy =
        filesystem -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          try {
            four.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          } finally {
            running.decrementAndGet();
          }
        };

    assertThat(pruneSender(lastN(1)).phase()).isEqualTo(PrunePhase.DONE);
    assertThat(most.get()).isEqualTo(PruneRun.CONCURRENCY);
  }

  @Test
  void interruptEndsTheRunAndWhatItDoes() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2)).withCursor("tank", 2);
    receiver.with("tank", snapshot(2));
    CountDownLatch destroying = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    AtomicReference<Boolean> interrupted = new AtomicReference<>(false);
    sender.onDestroy =
        filesystem -> {
          destroying.countDown();
          try {
            never.await();
          } catch (InterruptedException e) {
            interrupted.set(true);
            throw e;
          }
        };
    List<PrunePhase> finished = new ArrayList<>();
    PruneRun run =
        new PruneRun(
            new PruneSubject.OfSender(ListedEndpoint.of(sender), Optional.empty()),
            List.of(lastN(1)),
            CLOCK,
            new PruneObserver() {
              @Override
              public void finished(PruneSide side, PrunePhase phase, Duration duration) {
                finished.add(phase);
              }
            },
            LOG);
    Thread test = Thread.currentThread();
    Thread.ofVirtual()
        .start(() -> {
          try {
            destroying.await();
            assertThat(run.report().phase()).isEqualTo(PrunePhase.EXECUTE);
            assertThat(run.report().pending()).hasSize(1);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          } finally {
            test.interrupt();
          }
        });

    assertThatThrownBy(run::run).isInstanceOf(InterruptedException.class);

    assertThat(interrupted.get()).isTrue();
    assertThat(run.report().phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(run.report().error()).isEqualTo("pruning was cancelled");
    assertThat(run.report().pending()).hasSize(1);
    assertThat(finished).containsExactly(PrunePhase.EXECUTE_ERROR);
  }

  @Test
  void reportBeforeTheStartIsThatOfAPlan() {
    PruneRun run =
        new PruneRun(
            new PruneSubject.OfLocal(ListedEndpoint.of(sender)),
            List.of(),
            CLOCK,
            PruneObserver.NONE,
            LOG);
    assertThat(run.report())
        .isEqualTo(
            new PrunerReport(
                PrunePhase.PLAN,
                "",
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void observerIsToldWhatWasDestroyed() throws InterruptedException {
    sender.with("tank", snapshot(1), snapshot(2), snapshot(3), snapshot(4));
    sender.refusals.put("s1", "it is held: dataset is busy");
    sender.refusals.put("s2", "denied");
    List<String> told = new ArrayList<>();
    PruneObserver observer =
        new PruneObserver() {
          @Override
          public void destroyed(
              PruneSide side, DatasetPath filesystem, int destroyed, int held, int failed) {
            told.add(side.label() + " " + filesystem + " " + destroyed + held + failed);
          }

          @Override
          public void finished(PruneSide side, PrunePhase phase, Duration duration) {
            told.add(side.label() + " " + phase.text() + " " + duration);
          }
        };
    new PruneRun(
            new PruneSubject.OfLocal(ListedEndpoint.of(sender)),
            List.of(grid("1x1s", ".")),
            CLOCK,
            observer,
            LOG)
        .run();
    assertThat(told).containsExactly("local tank 111", "local ExecErr PT0S");
  }

  @Test
  void whatMakesNoProgressIsCancelledAndTheRunGoesOn() throws InterruptedException {
    FakeSide hanging = new FakeSide();
    hanging.onDestroy =
        filesystem -> {
          if (filesystem.toString().equals("stuck")) {
            Thread.sleep(Duration.ofDays(1));
          }
        };
    hanging.with("stuck", snapshot(1), snapshot(2));
    hanging.with("tank", snapshot(1), snapshot(2));
    List<String> told = new ArrayList<>();
    PruneObserver observer =
        new PruneObserver() {
          @Override
          public void stalled(
              PruneSide side, Optional<DatasetPath> filesystem, String phase, Duration quiet) {
            told.add(filesystem.orElseThrow() + ": " + phase);
          }
        };
    PruneRun run =
        new PruneRun(
            new PruneSubject.OfLocal(ListedEndpoint.of(hanging)),
            List.of(grid("1x1s", ".")),
            CLOCK,
            observer,
            LOG,
            PruneRun.Options.DEFAULT.withStallLimit(Duration.ofMillis(100)));
    run.run();
    assertThat(told).containsExactly("stuck: destroy");
    assertThat(run.report().phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(run.report().temporaryFailure()).isTrue();
    assertThat(run.report().completed())
        .extracting(filesystem -> filesystem.filesystem().toString())
        .contains("tank");
    assertThat(
            java.util.stream.Stream.concat(
                    run.report().pending().stream(), run.report().completed().stream())
                .map(PrunerReport.FilesystemReport::lastError))
        .anyMatch(error -> error.contains("made no progress for"));
  }

  private PrunerReport pruneSenderImpatiently() throws InterruptedException {
    PruneRun run =
        new PruneRun(
            new PruneSubject.OfSender(
                ListedEndpoint.of(sender), Optional.of(ListedEndpoint.answering(receiver))),
            List.of(lastN(1)),
            CLOCK,
            PruneObserver.NONE,
            LOG,
            PruneRun.Options.DEFAULT.withStallLimit(Duration.ofSeconds(4)));
    run.run();
    return run.report();
  }

  @Test
  void receiverThatHangsHoldsUpTheSenderOnce() throws InterruptedException {
    for (String question : List.of("list", "versions")) {
      List<String> paths = IntStream.range(0, 9).mapToObj(i -> "tank/" + i).toList();
      receiver.hanging.clear();
      receiver.asked.clear();
      receiver.hanging.add("list".equals(question) ? "list" : "none");
      for (String path : paths) {
        sender.with(path, snapshot(1), cursor(2), snapshot(2), snapshot(3)).withCursor(path, 2);
        receiver.with(path, snapshot(1), snapshot(2));
        receiver.hanging.add("versions " + path);
      }
      sender.with("tank/new", snapshot(1), snapshot(2), snapshot(3));
      receiver.with("tank/new", snapshot(1), snapshot(2));
      receiver.hanging.add("versions tank/new");

      PrunerReport report = pruneSenderImpatiently();

      assertThat(report.temporaryFailure()).isTrue();
      for (String path : paths) {
        assertThat(sender.names(path)).as(path).containsExactly(cursor(2).name(), "s3");
      }
      assertThat(sender.names("tank/new")).hasSize(3);
      assertThat(of(report, "tank/new").lastError())
          .contains("no replication cursor")
          .contains("the receiver did not answer for 1s");
      assertThat(receiver.asked("in vain"))
          .as("asked by those that were planned at the same time only")
          .hasSizeLessThanOrEqualTo(PruneRun.CONCURRENCY);
    }
  }

  @Test
  void receiverThatAnsweredBeforeIsListedWhenPlanningNeedsIt() throws InterruptedException {
    sender.with("tank", snapshot(1), cursor(2), snapshot(2), snapshot(3)).withCursor("tank", 2);
    receiver.with("tank", snapshot(1));
    pruneSenderImpatiently();
    assertThat(sender.names("tank"))
        .as("the receiver lost the snapshot at the cursor")
        .containsExactly("s1", cursor(2).name(), "s3");
  }

  @Test
  void poolInWhichEverythingHangsIsLeftAloneAndOtherPoolsArePruned() throws InterruptedException {
    FakeSide local = new FakeSide();
    for (int i = 0; i < 20; i++) {
      local.with("hung/" + i, snapshot(1), snapshot(2));
      local.hanging.add("versions hung/" + i);
    }
    local.with("tank", snapshot(1), snapshot(2));
    PruneRun run =
        new PruneRun(
            new PruneSubject.OfLocal(ListedEndpoint.of(local)),
            List.of(lastN(1)),
            CLOCK,
            PruneObserver.NONE,
            LOG,
            PruneRun.Options.DEFAULT.withStallLimit(Duration.ofMillis(200)));
    run.run();
    assertThat(local.names("tank")).containsExactly("s2");
    assertThat(local.asked("in vain")).hasSizeLessThan(2 * PruneRun.CONCURRENCY);
    assertThat(of(run.report(), "hung/9").lastError()).contains("not tried, because");
  }

  @Test
  void fullHeapIsAFailureOfTheRunThatSaysSo() throws InterruptedException {
    FakeSide local = new FakeSide();
    for (int i = 0; i < 20; i++) {
      local.with("tank/" + i, snapshot(1), snapshot(2));
    }
    AtomicInteger looks = new AtomicInteger();
    HeapSpace filling =
        new HeapSpace(100 << 20, () -> looks.incrementAndGet() <= 8 ? 0 : 90L << 20, () -> {});
    PruneRun run =
        new PruneRun(
            new PruneSubject.OfLocal(ListedEndpoint.of(local)),
            List.of(lastN(1)),
            CLOCK,
            PruneObserver.NONE,
            LOG,
            PruneRun.Options.DEFAULT,
            filling);
    run.run();
    assertThat(run.report().phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(local.asked("destroy")).isEmpty();
    assertThat(run.report().completed())
        .extracting(FilesystemReport::lastError)
        .anyMatch(error -> error.contains("the memory of 100 MiB"))
        .anyMatch(error -> error.startsWith("not tried, because the memory"));
  }
}
