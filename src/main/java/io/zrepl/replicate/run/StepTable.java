package io.zrepl.replicate.run;

import io.zrepl.model.Guid;
import io.zrepl.replicate.plan.ReplicationStep;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The steps of one plan with their sizes: two numbers per step, since millions may be planned. Any
 * thread may read; estimates are written by the driver, bytes by whoever moves them.
 */
final class StepTable {
  private static final long UNKNOWN = -1;

  private final List<ReplicationStep> steps;
  private final AtomicLongArray expected;
  private final AtomicLongArray bytes;

  StepTable(List<ReplicationStep> steps) {
    this.steps = steps;
    this.expected = new AtomicLongArray(steps.size());
    this.bytes = new AtomicLongArray(steps.size());
    for (int i = 0; i < steps.size(); i++) {
      expected.setPlain(i, UNKNOWN);
    }
  }

  int size() {
    return steps.size();
  }

  StepProgress get(int index) {
    return new StepProgress(this, index, false);
  }

  ReplicationStep step(int index) {
    return steps.get(index);
  }

  OptionalLong expected(int index) {
    long value = expected.get(index);
    return value == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(value);
  }

  void setExpected(int index, OptionalLong value) {
    expected.set(index, value.orElse(UNKNOWN));
  }

  long bytes(int index) {
    return bytes.get(index);
  }

  void addBytes(int index, long count) {
    bytes.addAndGet(index, count);
  }

  /** Takes over what was estimated for the same steps in earlier plans. */
  void takeEstimatesFrom(List<StepProgress> earlier) {
    Map<Guid, StepProgress> byTarget = new HashMap<>();
    for (StepProgress step : earlier) {
      if (step.bytesExpected().isPresent()) {
        byTarget.put(step.step().to().guid(), step);
      }
    }
    for (int i = 0; i < size() && !byTarget.isEmpty(); i++) {
      StepProgress same = byTarget.get(step(i).to().guid());
      if (same != null && same.step().equals(step(i))) {
        setExpected(i, same.bytesExpected());
      }
    }
  }
}
