package io.zrepl.replicate.run;

import io.zrepl.replicate.report.StepReport;
import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * The reports of steps, made when somebody looks at them: of thousands of filesystems with hundreds
 * of steps each hardly anybody looks at all. Any thread may read.
 */
final class StepReports extends AbstractList<StepReport> implements RandomAccess {
  private final StepList steps;

  StepReports(StepList steps) {
    this.steps = steps;
  }

  @Override
  public StepReport get(int index) {
    return steps.get(index).report();
  }

  @Override
  public int size() {
    return steps.size();
  }
}
