package io.zrepl.replicate.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicationReportTest {

  @Test
  void textsAreThoseOfTheDocumentedStatusOutput() {
    assertThat(Arrays.stream(AttemptState.values()).map(AttemptState::text))
        .containsExactly(
            "planning", "planning-error", "fan-out-filesystems", "filesystem-error", "done");
    assertThat(Arrays.stream(FilesystemState.values()).map(FilesystemState::text))
        .containsExactly("planning", "planning-error", "stepping", "step-error", "done");
    assertThat(Arrays.stream(BlockedOn.values()).map(BlockedOn::text))
        .containsExactly("nothing", "plan-queue", "parent-initial-repl", "repl-queue");
  }

  @ParameterizedTest(name = "last attempt {0}: {1}")
  @CsvSource({
    "PLANNING, 0",
    "PLANNING_ERROR, -1",
    "FAN_OUT_FILESYSTEMS, 0",
    "FILESYSTEM_ERROR, 2",
    "DONE, 0"
  })
  void failedFilesystemsAreThoseOfTheLastAttempt(AttemptState state, int expected) {
    AttemptReport earlier = attempt(AttemptState.PLANNING_ERROR, List.of());
    AttemptReport last =
        attempt(
            state,
            List.of(
                filesystem("a", FilesystemState.PLANNING_ERROR),
                filesystem("b", FilesystemState.DONE),
                filesystem("c", FilesystemState.STEP_ERROR)));
    assertThat(report(List.of(earlier, last)).failedFilesystems()).isEqualTo(expected);
    assertThat(report(List.of()).failedFilesystems()).isZero();
  }

  @Test
  void errorIsDescribedWithItsAdvice() {
    assertThat(new ReportedError("full", Optional.of("make room"), true, Instant.EPOCH).describe())
        .isEqualTo("full (make room)");
    assertThat(new ReportedError("full", Optional.empty(), true, Instant.EPOCH).describe())
        .isEqualTo("full");
  }

  private static ReplicationReport report(List<AttemptReport> attempts) {
    return new ReplicationReport(
        ReplicationOutcome.RUNNING, Instant.EPOCH, Optional.empty(), attempts, Optional.empty());
  }

  private static AttemptReport attempt(AttemptState state, List<FilesystemReport> filesystems) {
    return new AttemptReport(
        state, Instant.EPOCH, Optional.empty(), Optional.empty(), filesystems, List.of());
  }

  private static FilesystemReport filesystem(String name, FilesystemState state) {
    return new FilesystemReport(
        DatasetPath.of(name),
        state,
        BlockedOn.NOTHING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        List.of(),
        0,
        Optional.empty());
  }
}
