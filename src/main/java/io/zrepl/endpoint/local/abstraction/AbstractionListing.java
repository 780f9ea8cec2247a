package io.zrepl.endpoint.local.abstraction;

import io.zrepl.model.OperationException;
import java.util.List;

/**
 * What a search found.
 *
 * @param abstractions in their {@link Abstraction#ORDER}
 * @param problems what could not be searched, and why
 */
public record AbstractionListing(List<Abstraction> abstractions, List<Problem> problems) {

  /** Copies the lists. */
  public AbstractionListing {
    abstractions = List.copyOf(abstractions);
    problems = List.copyOf(problems);
  }

  /**
   * A part could not be searched.
   *
   * @param where a pool, dataset or snapshot, or "all pools"
   * @param cause why
   */
  public record Problem(String where, OperationException cause) {}
}
