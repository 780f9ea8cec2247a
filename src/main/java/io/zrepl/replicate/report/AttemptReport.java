package io.zrepl.replicate.report;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One attempt of a run: list both sides, then plan and replicate each filesystem.
 *
 * @param state what it is doing
 * @param startAt when it began
 * @param finishAt when it ended; empty while it runs
 * @param planError set exactly in state {@link AttemptState#PLANNING_ERROR}
 * @param filesystems those of the sender, in order of their paths
 * @param onlyOnReceiver real filesystems of the receiver that the sender does not offer; they are
 *     left alone
 */
public record AttemptReport(
    AttemptState state,
    Instant startAt,
    Optional<Instant> finishAt,
    Optional<ReportedError> planError,
    List<FilesystemReport> filesystems,
    List<DatasetPath> onlyOnReceiver) {
  /** Copies the lists. */
  public AttemptReport {
    filesystems = List.copyOf(filesystems);
    onlyOnReceiver = List.copyOf(onlyOnReceiver);
  }

  /**
   * What is kept of it when another attempt follows: states and errors, and of each filesystem at
   * most the step at which it ended, as number 0. The plans of several attempts would not fit.
   */
  public AttemptReport superseded() {
    return new AttemptReport(
        state,
        startAt,
        finishAt,
        planError,
        filesystems.stream().map(FilesystemReport::superseded).toList(),
        List.of());
  }

  /** All failures of this attempt that stand. */
  Stream<ReportedError> errors() {
    return Stream.concat(
        planError.stream(),
        filesystems.stream()
            .flatMap(fs -> Stream.concat(fs.planError().stream(), fs.stepError().stream())));
  }

  /** How much is still to be sent, as far as is known. */
  public RemainingBytes remaining() {
    return RemainingBytes.of(filesystems);
  }

  /** How many filesystems are in an error state. */
  public int failedFilesystems() {
    return (int) filesystems.stream().filter(filesystem -> filesystem.state().isError()).count();
  }
}
