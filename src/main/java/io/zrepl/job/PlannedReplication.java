package io.zrepl.job;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.VersionDiff;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.report.ReportedError;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a replication would do.
 *
 * @param problem why nothing could be planned; empty if something could
 * @param filesystems those of the sender, in the order of their paths
 */
public record PlannedReplication(Optional<String> problem, List<Filesystem> filesystems) {
  /** Copies the list. */
  public PlannedReplication {
    filesystems = List.copyOf(filesystems);
  }

  /**
   * One filesystem.
   *
   * @param path as the sender calls it
   * @param planned false if it cannot be planned before another one has arrived
   * @param steps what would be sent, in this order
   * @param problem why it cannot be replicated
   * @param onlyLacksSnapshots whether a first snapshot would be all that it needs
   */
  public record Filesystem(
      DatasetPath path,
      boolean planned,
      List<Step> steps,
      Optional<String> problem,
      boolean onlyLacksSnapshots) {}

  /**
   * One stream.
   *
   * @param from relative name of the base; empty text for a full send
   * @param to relative name of the snapshot
   * @param resumed whether it continues an interrupted receive
   * @param bytes estimated size, where ZFS gives one
   */
  public record Step(String from, String to, boolean resumed, OptionalLong bytes) {}

  /** Of a replication that has planned. */
  static PlannedReplication of(ReplicationReport report, InitialReplication initial) {
    AttemptReport attempt = report.attempts().getLast();
    return new PlannedReplication(
        attempt.planError().map(ReportedError::describe),
        attempt.filesystems().stream().map(filesystem -> of(filesystem, initial)).toList());
  }

  private static Filesystem of(FilesystemReport report, InitialReplication initial) {
    String lacking = new VersionDiff.NoSenderSnapshots().message();
    return new Filesystem(
        report.name(),
        report.state() != FilesystemState.PLANNING || report.planError().isPresent(),
        report.steps().stream()
            .map(step -> new Step(step.from(), step.to(), step.resumed(), step.bytesExpected()))
            .toList(),
        report.planError().map(ReportedError::describe),
        initial != InitialReplication.FAIL
            && report.planError().filter(error -> error.message().startsWith(lacking)).isPresent());
  }
}
