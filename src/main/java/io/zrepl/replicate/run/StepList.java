package io.zrepl.replicate.run;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** The steps that earlier plans completed, then those of the current plan. Immutable. */
final class StepList extends AbstractList<StepProgress> implements RandomAccess {
  static final StepList EMPTY = new StepList(List.of(), new StepTable(List.of()));

  private final List<StepProgress> before;
  private final StepTable plan;

  /**
   * Puts both together.
   *
   * @param before copied
   */
  StepList(List<StepProgress> before, StepTable plan) {
    this.before = List.copyOf(before);
    this.plan = plan;
  }

  @Override
  public StepProgress get(int index) {
    return index < before.size() ? before.get(index) : plan.get(index - before.size());
  }

  @Override
  public int size() {
    return before.size() + plan.size();
  }
}
