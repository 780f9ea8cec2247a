package io.zrepl.endpoint.local.abstraction;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.zfs.DatasetSelection;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which abstractions are wanted.
 *
 * @param filesystems where
 * @param types of these types
 * @param job of this job; objects that belong to no job match any. Empty for all jobs
 * @param ages of these ages
 */
public record AbstractionQuery(
    Filesystems filesystems, Set<AbstractionType> types, Optional<JobId> job, CreateTxgRange ages) {

  /** Copies the set. */
  public AbstractionQuery {
    types = Set.copyOf(types);
  }

  /** Which filesystems and volumes. */
  public sealed interface Filesystems {

    /** All of all imported pools. */
    record All() implements Filesystems {}

    /**
     * Just these.
     *
     * @param paths not what lies below them
     */
    record Named(Set<DatasetPath> paths) implements Filesystems {
      /** Copies the set. */
      public Named {
        paths = Set.copyOf(paths);
      }
    }

    /**
     * Those that a filter selects.
     *
     * @param filter as in the configuration of a job
     */
    record Matching(DatasetFilter filter) implements Filesystems {}

    /** What a listing must cover. */
    default DatasetSelection selection() {
      return switch (this) {
        case All _ -> new DatasetSelection.Everything();
        case Named(Set<DatasetPath> paths) -> new DatasetSelection.Exactly(paths);
        case Matching(DatasetFilter filter) ->
            filter.coversEverything()
                ? new DatasetSelection.Everything()
                : new DatasetSelection.Subtrees(filter.roots());
      };
    }

    /** Whether a dataset is among them. */
    default boolean include(DatasetPath path) {
      return switch (this) {
        case All _ -> true;
        case Named(Set<DatasetPath> paths) -> paths.contains(path);
        case Matching(DatasetFilter filter) -> filter.matches(path);
      };
    }
  }

  /** Everything that zrepl has on this machine. */
  public static AbstractionQuery everything() {
    return new AbstractionQuery(
        new Filesystems.All(),
        EnumSet.allOf(AbstractionType.class),
        Optional.empty(),
        CreateTxgRange.ALL);
  }

  /** The same, of these filesystems only. */
  AbstractionQuery within(Collection<DatasetPath> paths) {
    return new AbstractionQuery(new Filesystems.Named(Set.copyOf(paths)), types, job, ages);
  }

  /** Whether holds are wanted. */
  boolean wantsHolds() {
    return types.stream().anyMatch(AbstractionType::isHold);
  }

  /** Whether something of that age is wanted. */
  boolean wants(CreateTxg age) {
    return ages.contains(age);
  }

  /** Whether it is wanted, wherever it is. */
  boolean wants(Abstraction abstraction) {
    return types.contains(abstraction.type())
        && wants(abstraction.createTxg())
        && (job.isEmpty() || abstraction.job().isEmpty() || abstraction.job().equals(job));
  }
}
