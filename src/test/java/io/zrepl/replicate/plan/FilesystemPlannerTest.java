package io.zrepl.replicate.plan;

import static io.zrepl.model.TestVersions.versions;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.TestVersions;
import io.zrepl.replicate.InitialReplication;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilesystemPlannerTest {
  private static final DatasetPath PATH = DatasetPath.of("tank/data");
  private static final ResumeToken TOKEN = new ResumeToken("1-secret");

  @ParameterizedTest(name = "{0}: sender {1}, receiver {2}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "MOST_RECENT | @3,1 @2,2 @1,3     | -    | @1 (full)",
        "ALL         | @3,1 @2,2 @1,3     | -    | @3 (full), @3 => @2, @2 => @1",
        "ALL         | @a,1               | -    | @a (full)",
        "MOST_RECENT | @a,1 @b,2 #b,2 #c,3| -    | @b (full)",
        "ALL         | #x,1 @a,2 #a,2 @b,3| -    | @a (full), @a => @b",
        "MOST_RECENT | @a,1 @b,2          | #a,1 | @b (full)",
        // the policy is for initial replication only
        "MOST_RECENT | @a,1 @b,2 @c,3     | @a,1 | @a => @b, @b => @c",
        "FAIL        | @a,1 @b,2 @c,3     | @a,1 | @a => @b, @b => @c",
        "ALL         | #a,1 @c,3          | @a,1 | #a => @c",
        "FAIL        | @a,1               | @a,1 | nothing",
      })
  void plansStepsByPolicy(
      InitialReplication policy, String sender, String receiver, String expected) {
    assertThat(describe(new FilesystemPlanner(policy).plan(input(sender, receiver))))
        .isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}: sender {1}, receiver {2}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "FAIL        | @a,1       | -          | automatic conflict resolution for initial replication is disabled in config",
        "MOST_RECENT | #a,1       | -          | no snapshots available on sender side, only bookmarks",
        "ALL         | #a,1 #b,2  | -          | no snapshots available on sender side, only bookmarks",
        "FAIL        | #a,1       | -          | no snapshots available on sender side, only bookmarks",
        "ALL         | -          | -          | no snapshots available on sender side",
        "ALL         | -          | @a,1       | no snapshots available on sender side",
        "ALL         | @a,1       | @x,9       | no common snapshot or suitable bookmark between sender and receiver",
        "ALL         | @a,1 @b,2  | @a,1 @x,9  | the receiver's latest snapshot is not present on sender:",
      })
  void conflictsAreLeftToTheAdministrator(
      InitialReplication policy, String sender, String receiver, String expected) {
    FilesystemPlan plan = new FilesystemPlanner(policy).plan(input(sender, receiver));
    assertThat(plan).isInstanceOf(FilesystemPlan.Conflict.class);
    FilesystemPlan.Conflict conflict = (FilesystemPlan.Conflict) plan;
    assertThat(conflict.message()).startsWith(expected);
    assertThat(conflict.advice()).isNotBlank();
  }

  @Test
  void senderPlaceholderNeedsNothingUnlessTheReceiverHasRealData() {
    FilesystemPlanner planner = new FilesystemPlanner(InitialReplication.MOST_RECENT);
    FilesystemEntry placeholder = new FilesystemEntry(PATH, true, Optional.empty());
    FilesystemEntry real = new FilesystemEntry(PATH, false, Optional.empty());
    assertThat(planner.plan(placeholderInput(placeholder, Optional.empty())))
        .isInstanceOf(FilesystemPlan.NothingToDo.class);
    assertThat(planner.plan(placeholderInput(placeholder, Optional.of(placeholder))))
        .isInstanceOf(FilesystemPlan.NothingToDo.class);
    assertThat(describe(planner.plan(placeholderInput(placeholder, Optional.of(real)))))
        .isEqualTo("conflict: sender filesystem is placeholder, but receiver filesystem is not");
  }

  private static PlanInput placeholderInput(
      FilesystemEntry sender, Optional<FilesystemEntry> receiver) {
    return new PlanInput(sender, receiver, versions("-"), versions("-"), new PartialState.None());
  }

  @ParameterizedTest(name = "token {0} to {1}, sender {2}, receiver {3}: {4}")
  @CsvSource(
      delimiter = '|',
      value = {
        // from, to, sender, receiver, plan
        "- | 1 | @a,1 @b,2           | -    | @a (full) resumed, @a => @b",
        "- | 2 | @a,1 @b,2           | -    | @b (full) resumed",
        "1 | 2 | @a,1 @b,2 @c,3      | @a,1 | @a => @b resumed, @b => @c",
        "1 | 3 | @a,1 @b,2 @c,3 @d,4 | @a,1 | @a => @c resumed, @c => @d",
        "1 | 2 | #a,1 @b,2           | @a,1 | #a => @b resumed",
        "1 | 2 | #a,1 @a,1 @b,2      | @a,1 | @a => @b resumed",
        // later bookmarks are skipped, and the order of the list does not matter
        "1 | 2 | #c,3 @d,4 @b,2 @a,1 | @a,1 | @a => @b resumed, @b => @d",
        // the receiver's snapshots are not consulted
        "1 | 2 | @a,1 @b,2           | @x,9 | @a => @b resumed",
      })
  void partialStateIsContinued(
      String from, long to, String sender, String receiver, String expected) {
    for (InitialReplication policy : InitialReplication.values()) {
      assertThat(describe(new FilesystemPlanner(policy).plan(input(sender, receiver, from, to))))
          .as(policy.name())
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest(name = "token {0} to {1}, sender {2}, receiver {3}: {4}")
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | 2 | @a,1 @c,3      | @a,1 | @a => @c; dropped: resume token `toguid` = 2 not found on sender (`toname` = \"tank/data@to\")",
        "1 | 2 | @a,1 #b,2 @c,3 | @a,1 | @a => @c; dropped: resume token `toguid` = 2 not found on sender (`toname` = \"tank/data@to\")",
        "7 | 2 | @a,1 @b,2      | @a,1 | @a => @b; dropped: resume token `fromguid` = 7 not found on sender",
        "2 | 2 | @a,1 @b,2      | @a,1 | @a => @b; dropped: resume token has the same `fromguid` and `toguid`",
        "- | 5 | @a,1 @b,2      | -    | @b (full); dropped: resume token `toguid` = 5 not found on sender (`toname` = \"tank/data@to\")",
        "1 | 5 | @a,1           | @a,1 | nothing",
      })
  void unusablePartialStateIsPlannedAroundAndDropped(
      String from, long to, String sender, String receiver, String expected) {
    assertThat(
            describe(
                new FilesystemPlanner(InitialReplication.MOST_RECENT)
                    .plan(input(sender, receiver, from, to))))
        .isEqualTo(expected);
  }

  @Test
  void undecodableTokenIsPlannedAround() {
    PartialState partial = PartialState.decode(new ResumeToken("garbage"));
    assertThat(partial).isInstanceOf(PartialState.Unusable.class);
    FilesystemPlan plan =
        new FilesystemPlanner(InitialReplication.FAIL)
            .plan(input("@a,1 @b,2", "@a,1").withPartialState(partial));
    assertThat(describe(plan))
        .startsWith("@a => @b; dropped: the resume token cannot be decoded: ")
        .doesNotContain("garbage");
  }

  @ParameterizedTest(name = "{0}, limit {1} open {2}: sender {3}, receiver {4}: {5}")
  @CsvSource(
      delimiter = '|',
      value = {
        // policy, newest planned txg, open guids, sender, receiver, plan
        "ALL         | 3 | 2 3 | @a,1 @b,2 @c,3           | @a,1      | @a => @b, @b => @c",
        "ALL         | 3 | 3   | @a,1 @b,2 @c,3           | @a,1 @b,2 | @b => @c",
        // newer snapshots wait for the next run
        "ALL         | 3 | 2 3 | @a,1 @b,2 @c,3 @d,4 @e,5 | @a,1      | @a => @b, @b => @c",
        "ALL         | 3 | -   | @a,1 @b,2 @c,3 @d,4      | @c,3      | nothing",
        "ALL         | 3 | 3   | @a,1 @b,2 @c,3 @d,4      | @c,3      | nothing",
        "MOST_RECENT | 3 | 3   | @a,1 @b,2 @c,3 @d,4      | -         | @c (full)",
        // targets that are gone on both sides are replaced by newer ones
        "MOST_RECENT | 3 | 3   | @d,4 @e,5                | -         | @e (full)",
        "ALL         | 3 | 2 3 | @a,1 @d,4                | @a,1      | @a => @d",
        // one of them is left
        "ALL         | 3 | 2 3 | @a,1 @b,2 @d,4           | @a,1      | @a => @b",
        // it is gone, and there is nothing else
        "ALL         | 3 | 2 3 | @a,1                     | @a,1      | conflict: snapshots that were planned first are neither on the receiver nor, any more, on the sender",
        "ALL         | 3 | 3   | @a,1                     | @a,1      | conflict: snapshots that were planned first are neither on the receiver nor, any more, on the sender",
        "ALL         | 3 | -   | @a,1                     | @a,1      | nothing",
        // somebody else was faster
        "ALL         | 3 | 3   | @c,3 @d,4 @e,5           | @c,3 @d,4 | nothing",
      })
  void retryDoesAllThatWasPlannedFirstAndNothingNewer(
      InitialReplication policy,
      long newest,
      String open,
      String sender,
      String receiver,
      String expected) {
    List<Guid> targets =
        open.equals("-")
            ? List.of()
            : Arrays.stream(open.split(" ")).map(text -> new Guid(Long.parseLong(text))).toList();
    PlanLimit limit = new PlanLimit(new CreateTxg(newest), targets, 0);
    assertThat(describe(new FilesystemPlanner(policy).planAgain(input(sender, receiver), limit)))
        .isEqualTo(expected);
  }

  @Test
  void retryContinuesPartialState() {
    PlanLimit limit = new PlanLimit(new CreateTxg(3), List.of(new Guid(2), new Guid(3)), 0);
    FilesystemPlanner planner = new FilesystemPlanner(InitialReplication.MOST_RECENT);
    assertThat(describe(planner.planAgain(input("@a,1 @b,2 @c,3 @d,4", "@a,1", "1", 2), limit)))
        .isEqualTo("@a => @b resumed, @b => @c");
    assertThat(
            describe(planner.planAgain(input("@a,1 @b,2 @c,3 @d,4 @e,5", "@c,3", "3", 4), limit)))
        .as("a step that somebody else began")
        .isEqualTo("@c => @d resumed, @d => @e");
  }

  @Test
  void limitForgetsWhatIsCompleted() {
    FilesystemPlan.Steps plan =
        (FilesystemPlan.Steps)
            new FilesystemPlanner(InitialReplication.ALL).plan(input("@a,1 @b,2", "-"));
    PlanLimit limit = PlanLimit.of(plan.steps());
    List<Guid> targets = List.of(new Guid(1), new Guid(2));
    assertThat(limit).isEqualTo(new PlanLimit(new CreateTxg(2), targets, 0));
    List<Snapshot> none = List.of();
    List<Snapshot> second = List.of(TestVersions.snapshot("@b,2"));
    assertThat(limit.isMissingFrom(second)).isTrue();
    PlanLimit afterFirst = limit.withNextCompleted();
    assertThat(afterFirst.isMissingFrom(second)).isFalse();
    assertThat(afterFirst.isMissingFrom(none)).isTrue();
    assertThat(afterFirst.withNextCompleted().isMissingFrom(none)).isFalse();
  }

  private static PlanInput input(String sender, String receiver) {
    FilesystemEntry entry = new FilesystemEntry(PATH, false, Optional.empty());
    return new PlanInput(
        entry,
        receiver.equals("-") ? Optional.empty() : Optional.of(entry),
        versions(sender),
        versions(receiver),
        new PartialState.None());
  }

  private static PlanInput input(String sender, String receiver, String from, long to) {
    Optional<Guid> fromGuid =
        from.equals("-") ? Optional.empty() : Optional.of(new Guid(Long.parseLong(from)));
    ResumeTokenContents contents =
        new ResumeTokenContents(
            new Guid(to), fromGuid, "tank/data@to", false, false, false, false, false, 1);
    return input(sender, receiver).withPartialState(new PartialState.Resumable(TOKEN, contents));
  }

  private static String describe(FilesystemPlan plan) {
    return switch (plan) {
      case FilesystemPlan.NothingToDo nothing -> "nothing";
      case FilesystemPlan.Conflict conflict -> "conflict: " + conflict.message();
      case FilesystemPlan.Steps steps ->
          steps.steps().stream()
                  .map(s -> s.describe() + (s.resumeToken().isPresent() ? " resumed" : ""))
                  .collect(Collectors.joining(", "))
              + steps.discardedPartialState().map(reason -> "; dropped: " + reason).orElse("");
    };
  }
}
