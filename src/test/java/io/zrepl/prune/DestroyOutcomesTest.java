package io.zrepl.prune;

import static io.zrepl.prune.Samples.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.DestroyResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestroyOutcomesTest {

  private static DestroyResult gone(String name) {
    return new DestroyResult(name, Optional.empty());
  }

  private static DestroyResult stays(String name, String reason) {
    return new DestroyResult(name, Optional.of(reason));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "it is held: dataset is busy",
        "it's being held. Run 'zfs holds -r tank/a@s2' to see holders."
      })
  void heldSnapshotIsNoFailure(String reason) {
    DestroyOutcomes outcomes =
        DestroyOutcomes.of(
            List.of(snapshot(1), snapshot(2)), List.of(gone("s1"), stays("s2", reason)));
    assertThat(outcomes.destroyed()).containsExactly("s1");
    assertThat(outcomes.inUse()).containsExactly(stays("s2", reason));
    assertThat(outcomes.failure()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dataset is busy",
        "dataset is busy: it is mounted or being sent",
        "snapshot has dependent clones",
      })
  void clonedOrBusySnapshotIsNoFailure(String reason) {
    DestroyOutcomes outcomes =
        DestroyOutcomes.of(List.of(snapshot(1)), List.of(stays("s1", reason)));
    assertThat(outcomes.inUse()).containsExactly(stays("s1", reason));
    assertThat(outcomes.failure()).isEmpty();
  }

  @Test
  void nameThatContainsTheWordIsNoUse() {
    DestroyOutcomes outcomes =
        DestroyOutcomes.of(
            List.of(snapshot(1)),
            List.of(
                stays("s1", "cannot destroy tank/shield-dataset is busy@s1: permission denied")));
    assertThat(outcomes.inUse()).isEmpty();
    assertThat(outcomes.failure()).isPresent();
  }

  @Test
  void equalReasonsAreToldOnce() {
    assertThat(
            DestroyOutcomes.of(
                    List.of(snapshot(1), snapshot(2), snapshot(3)),
                    List.of(
                        stays("s1", "permission denied"),
                        gone("s2"),
                        stays("s3", "permission denied")))
                .failure()
                .map(PruneFailure::message))
        .contains("destroys failed @s1, @s3: permission denied");
  }

  @Test
  void differentReasonsAreToldEach() {
    assertThat(
            DestroyOutcomes.of(
                    List.of(snapshot(1), snapshot(2)),
                    List.of(stays("s1", "out of space"), stays("s2", "denied")))
                .failure()
                .map(PruneFailure::message))
        .contains("destroys failed: (@s1: out of space), (@s2: denied)");
  }

  @Test
  void snapshotWithoutResultIsAFailure() {
    DestroyOutcomes outcomes =
        DestroyOutcomes.of(List.of(snapshot(1), snapshot(2)), List.of(gone("s1"), gone("x")));
    assertThat(outcomes.destroyed()).containsExactly("s1");
    assertThat(outcomes.failed()).extracting(DestroyResult::snapshotName).containsExactly("s2");
  }
}
