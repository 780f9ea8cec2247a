package io.zrepl.endpoint.local.abstraction;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Hold;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds abstractions: one command lists all snapshots and bookmarks, one the holds of all snapshots
 * that have some, one more runs if something that was asked for by name has neither. What a command
 * cannot list is asked for in smaller and smaller parts, so that it does not hide the rest.
 *
 * <p>Has no state; any thread may call.
 */
public final class AbstractionLister {
  private final Zfs zfs;

  /** Searches in that ZFS. */
  public AbstractionLister(Zfs zfs) {
    this.zfs = zfs;
  }

  /** Finds what the query wants; failures are among the result. */
  public AbstractionListing list(AbstractionQuery query) throws InterruptedException {
    List<AbstractionListing.Problem> problems = new ArrayList<>();
    Map<DatasetPath, List<FilesystemVersion>> versions = versions(query.filesystems(), problems);
    List<Abstraction> found = new ArrayList<>();
    Map<SnapshotPath, Snapshot> perhapsHeld = new LinkedHashMap<>();
    versions.forEach((filesystem, list) -> {
      for (FilesystemVersion version : list) {
        if (!query.wants(version.createTxg())) {
          continue;
        }
        switch (version) {
          case Bookmark bookmark -> Abstraction.of(filesystem, bookmark).ifPresent(found::add);
          case Snapshot snapshot -> {
            if (snapshot.userReferences().orElse(1) != 0) {
              addSnapshot(perhapsHeld, filesystem, snapshot, problems);
            }
          }
        }
      }
    });
    if (query.wantsHolds()) {
      for (Hold hold : holds(List.copyOf(perhapsHeld.keySet()), problems)) {
        Snapshot snapshot = perhapsHeld.get(hold.snapshot());
        if (snapshot != null) {
          Abstraction.of(hold, snapshot).ifPresent(found::add);
        }
      }
    }
    List<Abstraction> wanted =
        found.stream().filter(query::wants).sorted(Abstraction.ORDER).toList();
    return new AbstractionListing(wanted, problems);
  }

  private static void addSnapshot(
      Map<SnapshotPath, Snapshot> perhapsHeld,
      DatasetPath filesystem,
      Snapshot snapshot,
      List<AbstractionListing.Problem> problems) {
    try {
      perhapsHeld.put(SnapshotPath.of(filesystem, snapshot.name()), snapshot);
    } catch (InvalidValueException e) {
      // Its holds cannot be asked for: then nobody may believe that it has none.
      problems.add(
          new AbstractionListing.Problem(
              filesystem + snapshot.relativeName(),
              OperationException.permanent(String.valueOf(e.getMessage()))));
    }
  }

  private Map<DatasetPath, List<FilesystemVersion>> versions(
      AbstractionQuery.Filesystems filesystems, List<AbstractionListing.Problem> problems)
      throws InterruptedException {
    DatasetSelection selection = filesystems.selection();
    Set<DatasetPath> names = names(selection);
    if (names.isEmpty() && !(selection instanceof DatasetSelection.Everything)) {
      return Map.of();
    }
    Map<DatasetPath, List<FilesystemVersion>> found = new TreeMap<>();
    try {
      found.putAll(zfs.versions(selection));
      problems.addAll(missing(names, found));
    } catch (OperationException e) {
      if (names.size() < 2 || e.scope() == FailureScope.JOB) {
        problems.add(
            new AbstractionListing.Problem(names.isEmpty() ? "all pools" : joined(names), e));
      } else {
        for (DatasetPath name : names) {
          found.putAll(versionsBelow(selection, name, problems));
        }
      }
    }
    found.keySet().removeIf(path -> !filesystems.include(path));
    return found;
  }

  private Map<DatasetPath, List<FilesystemVersion>> versionsBelow(
      DatasetSelection whole, DatasetPath name, List<AbstractionListing.Problem> problems)
      throws InterruptedException {
    try {
      Map<DatasetPath, List<FilesystemVersion>> found =
          zfs.versions(
              whole instanceof DatasetSelection.Subtrees
                  ? DatasetSelection.subtree(name)
                  : DatasetSelection.only(name));
      problems.addAll(missing(Set.of(name), found));
      return found;
    } catch (OperationException e) {
      problems.add(new AbstractionListing.Problem(name.toString(), e));
      return Map.of();
    }
  }

  /** A listing of versions does not tell a missing dataset from one without any. */
  private List<AbstractionListing.Problem> missing(
      Set<DatasetPath> names, Map<DatasetPath, List<FilesystemVersion>> found)
      throws InterruptedException {
    Set<DatasetPath> doubtful = new TreeSet<>();
    for (DatasetPath name : names) {
      if (found.keySet().stream().noneMatch(path -> path.isAtOrBelow(name))) {
        doubtful.add(name);
      }
    }
    List<AbstractionListing.Problem> problems = new ArrayList<>();
    if (doubtful.isEmpty()) {
      return problems;
    }
    try {
      return notThere(zfs.datasets(DatasetSelection.exactly(doubtful)));
    } catch (OperationException e) {
      // For example, the pool of one of them is not imported: that says nothing about the others.
      for (DatasetPath name : doubtful) {
        try {
          problems.addAll(notThere(zfs.datasets(DatasetSelection.only(name))));
        } catch (OperationException one) {
          problems.add(new AbstractionListing.Problem(name.toString(), one));
        }
      }
      return problems;
    }
  }

  private static List<AbstractionListing.Problem> notThere(DatasetListing listing) {
    return new TreeSet<>(listing.missing())
        .stream()
            .map(path ->
                new AbstractionListing.Problem(
                    path.toString(),
                    OperationException.permanent("dataset %s does not exist".formatted(path))))
            .toList();
  }

  private List<Hold> holds(List<SnapshotPath> snapshots, List<AbstractionListing.Problem> problems)
      throws InterruptedException {
    if (snapshots.isEmpty()) {
      return List.of();
    }
    try {
      return zfs.holds(snapshots);
    } catch (OperationException e) {
      if (e.scope() == FailureScope.JOB) {
        problems.add(new AbstractionListing.Problem("holds of " + joined(snapshots), e));
        return List.of();
      }
      Map<DatasetPath, List<SnapshotPath>> pools = new TreeMap<>();
      for (SnapshotPath snapshot : snapshots) {
        pools.computeIfAbsent(snapshot.filesystem().pool(), _ -> new ArrayList<>()).add(snapshot);
      }
      if (pools.size() == 1) {
        return holdsOfPool(snapshots, e, problems);
      }
      List<Hold> found = new ArrayList<>();
      for (List<SnapshotPath> pool : pools.values()) {
        found.addAll(holds(pool, problems));
      }
      return found;
    }
  }

  /** By halves, until only what cannot be listed is left; a failing pool is not asked again. */
  private List<Hold> holdsOfPool(
      List<SnapshotPath> snapshots,
      OperationException failure,
      List<AbstractionListing.Problem> problems)
      throws InterruptedException {
    if (snapshots.size() == 1 || failure.scope() != FailureScope.FILESYSTEM) {
      problems.add(new AbstractionListing.Problem("holds of " + joined(snapshots), failure));
      return List.of();
    }
    int half = snapshots.size() / 2;
    List<Hold> found = new ArrayList<>();
    found.addAll(holds(snapshots.subList(0, half), problems));
    found.addAll(holds(snapshots.subList(half, snapshots.size()), problems));
    return found;
  }

  private static Set<DatasetPath> names(DatasetSelection selection) {
    return switch (selection) {
      case DatasetSelection.Everything _ -> Set.of();
      case DatasetSelection.Subtrees(Set<DatasetPath> roots) -> new TreeSet<>(roots);
      case DatasetSelection.Exactly(Set<DatasetPath> datasets) -> new TreeSet<>(datasets);
    };
  }

  /** The first of them, and how many more there are. */
  private static String joined(Collection<?> names) {
    Optional<?> first = names.stream().findFirst();
    String text = first.map(Object::toString).orElse("");
    return names.size() < 2 ? text : "%s and %d more".formatted(text, names.size() - 1);
  }
}
