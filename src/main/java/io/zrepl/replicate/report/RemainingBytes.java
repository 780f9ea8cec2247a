package io.zrepl.replicate.report;

import java.util.List;
import java.util.stream.Stream;

/**
 * How much is still to be sent.
 *
 * @param bytes estimated sizes of all steps that are not completed, less what went through of them
 * @param exact whether each of these steps has an estimate and every filesystem has its plan; not
 *     whether the estimates are right
 */
public record RemainingBytes(long bytes, boolean exact) {

  static RemainingBytes of(List<FilesystemReport> filesystems) {
    return filesystems.stream()
        .flatMap(RemainingBytes::parts)
        .reduce(
            new RemainingBytes(0, true),
            (a, b) -> new RemainingBytes(a.bytes + b.bytes, a.exact && b.exact));
  }

  private static Stream<RemainingBytes> parts(FilesystemReport filesystem) {
    if (filesystem.state() == FilesystemState.PLANNING) {
      return Stream.of(new RemainingBytes(0, false));
    }
    return filesystem.steps().subList(filesystem.currentStep(), filesystem.steps().size()).stream()
        .map(step ->
            new RemainingBytes(
                Math.max(0, step.bytesExpected().orElse(0) - step.bytesReplicated()),
                step.bytesExpected().isPresent()));
  }
}
