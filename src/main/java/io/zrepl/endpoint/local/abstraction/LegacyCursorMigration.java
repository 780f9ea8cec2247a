package io.zrepl.endpoint.local.abstraction;

import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Decides which replication cursors of very old versions may go: those in the place of which the
 * one job that sends the filesystem has a cursor that is not older.
 */
public final class LegacyCursorMigration {
  private LegacyCursorMigration() {}

  /** What to do with one filesystem. */
  public sealed interface Decision {
    /** The filesystem. */
    DatasetPath filesystem();

    /** There is nothing to do. */
    record Skip(DatasetPath filesystem, String why) implements Decision {}

    /** Something is there to do, and cannot be done. */
    record Fail(DatasetPath filesystem, String why) implements Decision {}

    /** The old cursor may go, since that of the job takes its place. */
    record Destroy(DatasetPath filesystem, Abstraction old, Abstraction successor)
        implements Decision {}
  }

  /**
   * Decides about filesystems, in their order.
   *
   * @param filesystems those in question
   * @param senders the filters of the jobs that send
   * @param cursors all old and new replication cursors
   */
  public static List<Decision> decide(
      List<DatasetPath> filesystems, Map<JobId, DatasetFilter> senders, List<Abstraction> cursors) {
    Map<DatasetPath, List<Abstraction>> byFilesystem =
        cursors.stream()
            .collect(
                Collectors.groupingBy(Abstraction::filesystem, TreeMap::new, Collectors.toList()));
    List<Decision> decisions = new ArrayList<>();
    for (DatasetPath filesystem : filesystems) {
      decisions.add(decide(filesystem, senders, byFilesystem.getOrDefault(filesystem, List.of())));
    }
    return decisions;
  }

  private static Decision decide(
      DatasetPath filesystem, Map<JobId, DatasetFilter> senders, List<Abstraction> cursors) {
    Optional<Abstraction> old =
        cursors.stream().filter(one -> one.type() == AbstractionType.LEGACY_CURSOR).findFirst();
    List<JobId> owners =
        senders.entrySet().stream()
            .filter(sender -> sender.getValue().matches(filesystem))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    if (owners.isEmpty()) {
      return new Decision.Skip(filesystem, "no push or source job covers it");
    }
    if (owners.size() > 1) {
      return new Decision.Fail(
          filesystem,
          "several jobs cover it, so that nobody can tell whose the old cursor is: "
              + owners.stream().map(JobId::toString).collect(Collectors.joining(", ")));
    }
    if (old.isEmpty()) {
      return new Decision.Skip(filesystem, "it has no old cursor");
    }
    JobId job = owners.getFirst();
    Optional<Abstraction> newest =
        cursors.stream()
            .filter(one -> one.type() == AbstractionType.CURSOR)
            .filter(one -> one.job().equals(Optional.of(job)))
            .max(Comparator.comparing(Abstraction::createTxg));
    if (newest.isEmpty()) {
      return new Decision.Fail(
          filesystem, "job \"%s\" has no cursor yet: let it replicate first".formatted(job));
    }
    if (newest.get().createTxg().compareTo(old.get().createTxg()) < 0) {
      return new Decision.Fail(
          filesystem,
          "the cursor of job \"%s\" is older than the old one: let it replicate first"
              .formatted(job));
    }
    return new Decision.Destroy(filesystem, old.get(), newest.get());
  }
}
