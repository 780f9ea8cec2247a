package io.zrepl.platform;

import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.ReportedError;
import io.zrepl.replicate.report.StepReport;
import java.util.List;
import java.util.stream.Stream;

/** What came of a run. */
record RunResult(AttemptReport attempt) {

  FilesystemReport filesystem(String name) {
    return attempt.filesystems().stream()
        .filter(filesystem -> filesystem.name().toString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no filesystem " + name + " in " + attempt));
  }

  /** The steps of a filesystem, {@code "@1->@2"}, {@code "->@2"} if full. */
  List<String> steps(String filesystem) {
    return filesystem(filesystem).steps().stream()
        .map(step -> step.from() + "->" + step.to())
        .toList();
  }

  StepReport firstStep(String filesystem) {
    return filesystem(filesystem).steps().getFirst();
  }

  boolean hasSteps() {
    return attempt.filesystems().stream().anyMatch(filesystem -> !filesystem.steps().isEmpty());
  }

  /** The message of whatever failed, all in one; empty if nothing did. */
  String errors() {
    Stream<ReportedError> errors =
        Stream.concat(
            attempt.planError().stream(),
            attempt.filesystems().stream()
                .flatMap(fs -> Stream.concat(fs.planError().stream(), fs.stepError().stream())));
    return String.join("\n", errors.map(ReportedError::describe).toList());
  }

  void requireSuccess() {
    if (!errors().isEmpty()) {
      throw new AssertionError("the run failed: " + errors());
    }
  }
}
