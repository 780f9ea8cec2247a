package io.zrepl.replicate.run;

import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.report.StepReport;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A planned step with its live byte count.
 *
 * @param step what is sent
 * @param bytesExpected empty where there is no estimate
 * @param confirmOnly whether the data has arrived, and only the sender must still be told
 * @param bytes counted by the thread that moves them, read by any
 */
record StepProgress(
    ReplicationStep step, OptionalLong bytesExpected, boolean confirmOnly, LongAdder bytes) {

  static StepProgress planned(ReplicationStep step, OptionalLong bytesExpected) {
    return new StepProgress(step, bytesExpected, false, new LongAdder());
  }

  StepProgress asConfirmOnly() {
    return new StepProgress(step, bytesExpected, true, bytes);
  }

  StepReport report() {
    return new StepReport(
        step.from().map(from -> from.relativeName()).orElse(""),
        step.to().relativeName(),
        step.resumeToken().isPresent(),
        bytesExpected,
        bytes.sum());
  }
}
