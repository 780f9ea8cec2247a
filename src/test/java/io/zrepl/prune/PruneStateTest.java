package io.zrepl.prune;

import static io.zrepl.prune.Samples.bookmark;
import static io.zrepl.prune.Samples.lastN;
import static io.zrepl.prune.Samples.regex;
import static io.zrepl.prune.Samples.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.VersionList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PruneStateTest {
  private static final DatasetPath A = DatasetPath.of("tank/a");
  private static final DatasetPath B = DatasetPath.of("tank/b");
  private static final DatasetPath C = DatasetPath.of("tank/c");
  private static final PruneFailure BROKEN = PruneFailure.of("broken");

  private static final FilesystemPlan DESTROYS_ONE =
      new FilesystemPlan(
          KeepRules.evaluate(
              List.of(lastN(1)),
              List.of(
                  new PruneCandidate(snapshot(1), false), new PruneCandidate(snapshot(2), false))));
  private static final FilesystemPlan DESTROYS_NOTHING = new FilesystemPlan(List.of());

  private static PruneState.Step listed(DatasetPath... filesystems) {
    return PruneState.initial()
        .on(
            new PruneEvent.Listed(
                Arrays.stream(filesystems)
                    .collect(
                        Collectors.toMap(path -> path, path -> Optional.<SkipReason>empty()))));
  }

  private static PruneState executing() {
    return listed(A).state().on(new PruneEvent.Planned(A, DESTROYS_ONE)).state();
  }

  @Test
  void plansAllFilesystemsBeforeAnythingIsDestroyed() {
    PruneState.Step step = listed(B, A);
    assertThat(step.actions()).containsExactly(new PruneAction.Plan(A), new PruneAction.Plan(B));

    step = step.state().on(new PruneEvent.Planned(B, DESTROYS_ONE));
    assertThat(step.state().phase()).isEqualTo(PrunePhase.PLAN);
    assertThat(step.actions()).isEmpty();

    step = step.state().on(new PruneEvent.Planned(A, DESTROYS_ONE));
    assertThat(step.state().phase()).isEqualTo(PrunePhase.EXECUTE);
    assertThat(step.actions())
        .containsExactly(
            new PruneAction.Destroy(A, List.of(snapshot(1))),
            new PruneAction.Destroy(B, List.of(snapshot(1))));
  }

  @Test
  void endsAtOnceIfNothingIsToBeDone() {
    assertThat(listed().state().phase()).isEqualTo(PrunePhase.DONE);
    PruneState.Step skipped =
        PruneState.initial()
            .on(new PruneEvent.Listed(Map.of(A, Optional.of(SkipReason.PLACEHOLDER))));
    assertThat(skipped.state().phase()).isEqualTo(PrunePhase.DONE);
    PruneState.Step nothing = listed(A).state().on(new PruneEvent.Planned(A, DESTROYS_NOTHING));
    assertThat(nothing.state().phase()).isEqualTo(PrunePhase.DONE);
    assertThat(nothing.actions()).isEmpty();
  }

  @Test
  void failedPlansDoNotKeepTheOthersFromBeingExecuted() {
    PruneState state = listed(A, B, C).state();
    state = state.on(new PruneEvent.Failed(A, BROKEN)).state();
    state = state.on(new PruneEvent.Planned(C, DESTROYS_NOTHING)).state();
    PruneState.Step step = state.on(new PruneEvent.Planned(B, DESTROYS_ONE));
    assertThat(step.actions()).containsExactly(new PruneAction.Destroy(B, List.of(snapshot(1))));

    state =
        step.state()
            .on(
                new PruneEvent.Destroyed(
                    B, new DestroyOutcomes(List.of("s1"), List.of(), List.of())))
            .state();
    assertThat(state.phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
    assertThat(state.failure().map(PruneFailure::message))
        .contains("pruning failed for 1 of 3 filesystems");
  }

  @Test
  void failedListingIsTheEnd() {
    PruneState state = PruneState.initial().on(new PruneEvent.ListingFailed(BROKEN)).state();
    assertThat(state.phase()).isEqualTo(PrunePhase.PLAN_ERROR);
    assertThat(state.failure()).contains(BROKEN);
  }

  @Test
  void cancellationEndsEitherPhase() {
    PruneEvent cancelled = new PruneEvent.Cancelled();
    assertThat(listed(A).state().on(cancelled).state().phase()).isEqualTo(PrunePhase.PLAN_ERROR);
    assertThat(executing().on(cancelled).state().phase()).isEqualTo(PrunePhase.EXECUTE_ERROR);
  }

  @Test
  void nothingHappensAfterTheEnd() {
    PruneState done = executing().on(new PruneEvent.Destroyed(A, DestroyOutcomes.NOTHING)).state();
    assertThat(done.phase()).isEqualTo(PrunePhase.DONE);
    assertThat(done.on(new PruneEvent.Cancelled())).isEqualTo(new PruneState.Step(done, List.of()));
    assertThat(done.on(new PruneEvent.Failed(A, BROKEN)).state()).isEqualTo(done);
  }

  @Test
  void tenThousandFilesystemsAreCountedAsTheyGetOn() {
    List<FilesystemProgress> all =
        IntStream.range(0, 10_000)
            .mapToObj(i -> FilesystemProgress.listed(path(i), Optional.empty()))
            .toList();
    ProgressList list = ProgressList.of(all);
    for (int i = 0; i < 10_000; i++) {
      assertThat(list.awaitingPlan()).isEqualTo(10_000 - i);
      list = list.with(path(i), i % 2 == 0 ? f -> f.planned(DESTROYS_ONE) : f -> f.failed(BROKEN));
    }
    assertThat(list.incomplete()).isEqualTo(5_000);
    assertThat(list.failed()).isEqualTo(5_000);
    assertThat(list.with(path(0), f -> f.destroyed(DestroyOutcomes.NOTHING)).incomplete())
        .isEqualTo(4_999);
    assertThat(list.incomplete()).as("not changed itself").isEqualTo(5_000);
    assertThat(list.with(A, f -> f.failed(BROKEN))).isSameAs(list);
    assertThat(list)
        .extracting(FilesystemProgress::path)
        .startsWith(path(0), path(1))
        .hasSize(10_000);
  }

  private static DatasetPath path(int i) {
    return DatasetPath.of("tank/%05d".formatted(i));
  }

  @Test
  void plansAreHeldCompactlyBesideTheVersionsOfTheInventory() {
    List<FilesystemVersion> versions = new ArrayList<>();
    List<PruneCandidate> candidates = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      versions.add(bookmark("b" + i, i));
      versions.add(snapshot(i));
      candidates.add(new PruneCandidate(snapshot(i), i < 50));
    }
    List<KeepVerdict> verdicts = KeepRules.evaluate(List.of(lastN(3), regex("7")), candidates);
    for (List<FilesystemVersion> source :
        List.of(versions, VersionList.copyOf(versions), List.<FilesystemVersion>of())) {
      FilesystemPlan plan = new FilesystemPlan(CompactVerdicts.of(source, verdicts));
      assertThat(plan.verdicts()).isEqualTo(verdicts);
      assertThat(plan.toDestroy())
          .isEqualTo(
              verdicts.stream()
                  .filter(verdict -> !verdict.kept())
                  .map(verdict -> verdict.candidate().snapshot())
                  .toList());
    }
  }
}
