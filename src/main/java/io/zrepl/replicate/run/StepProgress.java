package io.zrepl.replicate.run;

import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.report.StepReport;
import java.util.OptionalLong;

/**
 * A planned step with its live byte count: a place in the table of its plan.
 *
 * @param table that of the plan; plans are told apart by it
 * @param index place in the table
 * @param confirmOnly whether the data has arrived, and only the sender must still be told
 */
record StepProgress(StepTable table, int index, boolean confirmOnly) {

  ReplicationStep step() {
    return table.step(index);
  }

  /** Whether the plan goes on after it. */
  boolean isFollowed() {
    return !confirmOnly && index + 1 < table.size();
  }

  /** Empty where there is no estimate. */
  OptionalLong bytesExpected() {
    return table.expected(index);
  }

  void estimated(OptionalLong bytes) {
    table.setExpected(index, bytes);
  }

  /** How much of the stream has been moved. */
  long bytes() {
    return table.bytes(index);
  }

  void addBytes(long count) {
    table.addBytes(index, count);
  }

  StepProgress asConfirmOnly() {
    return new StepProgress(table, index, true);
  }

  StepReport report() {
    ReplicationStep step = step();
    return new StepReport(
        step.from().map(from -> from.relativeName()).orElse(""),
        step.to().relativeName(),
        step.resumeToken().isPresent(),
        bytesExpected(),
        bytes());
  }
}
