package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.FilesystemReport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The filesystems of an attempt, as a tree. The set is fixed; any thread may read it. */
final class Fleet {
  static final Fleet EMPTY = new Fleet(new TreeMap<>());

  private final NavigableMap<DatasetPath, FilesystemWork> works;

  private Fleet(NavigableMap<DatasetPath, FilesystemWork> works) {
    this.works = works;
  }

  /**
   * All filesystems of the sender.
   *
   * @param gone others that it offered before
   */
  static Fleet of(Listing listing, Collection<DatasetPath> gone) {
    NavigableMap<DatasetPath, FilesystemWork> works = new TreeMap<>();
    for (FilesystemEntry entry : listing.sender().values()) {
      works.put(entry.path(), new FilesystemWork(entry, listing.onReceiver(entry.path())));
    }
    for (DatasetPath path : gone) {
      FilesystemEntry entry = new FilesystemEntry(path, false, Optional.empty());
      works.put(path, new FilesystemWork(entry, listing.onReceiver(path)));
    }
    return new Fleet(works);
  }

  /** All, in order of their paths: parents before their descendants. */
  Collection<FilesystemWork> parentsFirst() {
    return works.values();
  }

  /** All, descendants before their parents. */
  Collection<FilesystemWork> descendantsFirst() {
    return works.descendingMap().values();
  }

  Optional<FilesystemWork> get(DatasetPath path) {
    return Optional.ofNullable(works.get(path));
  }

  /** Those above one, the topmost first. */
  List<FilesystemWork> parents(FilesystemWork work) {
    List<FilesystemWork> parents = new ArrayList<>();
    for (Optional<DatasetPath> above = work.path().parent();
        above.isPresent();
        above = above.get().parent()) {
      get(above.get()).ifPresent(parents::addFirst);
    }
    return parents;
  }

  /** Those below one, parents before their descendants. */
  List<FilesystemWork> descendants(FilesystemWork work) {
    // In the order of paths they follow it directly.
    return works.tailMap(work.path(), false).values().stream()
        .takeWhile(other -> other.path().isBelow(work.path()))
        .toList();
  }

  List<FilesystemReport> reports() {
    return works.values().stream().map(FilesystemWork::report).toList();
  }
}
