package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Which filesystems and volumes a listing covers. */
public sealed interface DatasetSelection {

  /** Everything in all imported pools. */
  record Everything() implements DatasetSelection {}

  /**
   * Each root and all below it.
   *
   * @param roots not empty; no root below another
   */
  record Subtrees(Set<DatasetPath> roots) implements DatasetSelection {
    /** Copies the set. */
    public Subtrees {
      roots = Set.copyOf(roots);
    }
  }

  /**
   * Just these, without what lies below them.
   *
   * @param datasets may be empty, then no command runs
   */
  record Exactly(Set<DatasetPath> datasets) implements DatasetSelection {
    /** Copies the set. */
    public Exactly {
      datasets = Set.copyOf(datasets);
    }
  }

  /** Whether a filesystem or volume belongs to it, if there is one of that name. */
  default boolean covers(DatasetPath path) {
    return switch (this) {
      case Everything _ -> true;
      case Subtrees(Set<DatasetPath> roots) -> roots.stream().anyMatch(path::isAtOrBelow);
      case Exactly(Set<DatasetPath> exact) -> exact.contains(path);
    };
  }

  /** Just this one. */
  static DatasetSelection only(DatasetPath dataset) {
    return new Exactly(Set.of(dataset));
  }

  /** Just these. */
  static DatasetSelection exactly(Collection<DatasetPath> datasets) {
    return new Exactly(new TreeSet<>(datasets));
  }

  /** This one and all below it. */
  static DatasetSelection subtree(DatasetPath root) {
    return new Subtrees(Set.of(root));
  }
}
