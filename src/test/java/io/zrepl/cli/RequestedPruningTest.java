package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the command that asked the daemon to prune is done with waiting. */
class RequestedPruningTest {
  private static final Instant REQUEST = Instant.parse("2026-11-23T03:17:38Z");
  private static final Instant BEFORE = REQUEST.minusSeconds(60);
  private static final Instant AFTER = REQUEST.plusSeconds(1);
  private static final Instant LATER = REQUEST.plusSeconds(2);

  private final RequestedPruning requested = new RequestedPruning(REQUEST);

  private static Optional<PruningStatus> pruning(Instant start, @Nullable Instant end) {
    return Optional.of(
        new PruningStatus(
            end == null ? PruningStatus.State.EXECUTE : PruningStatus.State.DONE,
            "",
            List.of(),
            List.of(),
            Optional.of(start),
            Optional.ofNullable(end)));
  }

  private static JobStatus.Active push(
      Optional<PruningStatus> sender, Optional<PruningStatus> receiver, boolean replicates) {
    return new JobStatus.Active(
        JobStatus.ActiveType.PUSH,
        Optional.of(
            new ReplicationStatus(
                Optional.of(BEFORE),
                replicates ? Optional.empty() : Optional.of(BEFORE),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of())),
        sender,
        receiver,
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  private RequestedPruning.Progress lookOften(JobStatus job) {
    for (int i = 1; i < RequestedPruning.IDLE_LOOKS; i++) {
      assertThat(requested.look(job).over()).isFalse();
    }
    return requested.look(job);
  }

  @Test
  void itIsOverWhenBothSidesWerePrunedAfterTheRequest() {
    assertThat(
            requested.look(push(pruning(BEFORE, BEFORE), pruning(BEFORE, BEFORE), false)).sides())
        .as("an earlier pruning is none of ours")
        .isEmpty();
    RequestedPruning.Progress first =
        requested.look(push(pruning(AFTER, null), Optional.empty(), false));
    assertThat(first.sides()).containsOnlyKeys("sender");
    assertThat(first.over()).isFalse();
    assertThat(requested.look(push(pruning(AFTER, LATER), pruning(LATER, null), false)).over())
        .isFalse();
    RequestedPruning.Progress last =
        requested.look(push(pruning(AFTER, LATER), pruning(LATER, LATER), false));
    assertThat(last.over()).isTrue();
    assertThat(last.problem()).isEmpty();
    assertThat(last.sides()).containsOnlyKeys("sender", "receiver");
  }

  @Test
  void snapJobHasOneSide() {
    assertThat(
            requested.look(
                new JobStatus.Snap(pruning(AFTER, LATER), Optional.empty(), Optional.empty())))
        .satisfies(progress -> assertThat(progress.over()).isTrue())
        .satisfies(progress -> assertThat(progress.sides()).containsOnlyKeys("local"));
  }

  @Test
  void longReplicationIsWaitedFor() {
    for (int i = 0; i < 3 * RequestedPruning.IDLE_LOOKS; i++) {
      assertThat(
              requested.look(push(pruning(BEFORE, BEFORE), pruning(BEFORE, BEFORE), true)).over())
          .isFalse();
    }
  }

  @Test
  void resetBetweenTheSidesEndsIt() {
    RequestedPruning.Progress end = lookOften(push(pruning(AFTER, LATER), Optional.empty(), false));
    assertThat(end.over()).isTrue();
    assertThat(end.problem().orElseThrow()).startsWith("only the sender was pruned");
  }

  @Test
  void daemonThatWasRestartedEndsIt() {
    RequestedPruning.Progress end =
        lookOften(
            new JobStatus.Active(
                JobStatus.ActiveType.PULL,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of()));
    assertThat(end.over()).isTrue();
    assertThat(end.problem().orElseThrow()).startsWith("nothing was pruned");
  }

  @Test
  void jobThatIsGoneEndsItAtOnce() {
    assertThat(requested.look(null).problem().orElseThrow()).contains("such a job");
  }
}
