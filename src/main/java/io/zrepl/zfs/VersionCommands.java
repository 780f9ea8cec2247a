package io.zrepl.zfs;

import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Snapshots and bookmarks: making them, going back to them, destroying bookmarks. */
final class VersionCommands {
  private final Commands commands;
  private final ListCommands lists;

  VersionCommands(Commands commands, ListCommands lists) {
    this.commands = commands;
    this.lists = lists;
  }

  void snapshot(Collection<SnapshotPath> snapshots) throws ZfsException, InterruptedException {
    Map<DatasetPath, Set<SnapshotPath>> byPool = new TreeMap<>();
    for (SnapshotPath snapshot : snapshots) {
      byPool
          .computeIfAbsent(snapshot.filesystem().pool(), _ -> new LinkedHashSet<>())
          .add(snapshot);
    }
    for (Map.Entry<DatasetPath, Set<SnapshotPath>> pool : byPool.entrySet()) {
      for (List<SnapshotPath> names :
          ArgumentChunks.split(pool.getValue(), SnapshotCommandLines.LIMIT)) {
        snapshotOnePool(pool.getKey(), names);
      }
    }
  }

  private void snapshotOnePool(DatasetPath pool, List<SnapshotPath> names)
      throws ZfsException, InterruptedException {
    CommandResult result = commands.run(Command.change("zfs", "snapshot").addNames(names).build());
    if (!result.succeeded()) {
      String what =
          names.size() == 1
              ? "cannot take snapshot " + names.getFirst()
              : "cannot take %d snapshots in pool %s".formatted(names.size(), pool);
      Map<SnapshotPath, String> culprits = SnapshotMessages.culprits(result.errors(), names);
      ZfsProblem problem = commands.problem(result.errors());
      if (problem == ZfsProblem.OUT_OF_SPACE && !culprits.isEmpty()) {
        // Of a full pool ZFS names no snapshot.
        problem = ZfsProblem.SNAPSHOT_RESERVATION;
      }
      throw new SnapshotException(
          problem, Commands.message(what, result.status(), result.errors()), culprits);
    }
  }

  void bookmark(VersionPath source, Guid guid, BookmarkPath bookmark)
      throws ZfsException, InterruptedException {
    CommandResult result =
        commands.run(Command.change("zfs", "bookmark").addName(source).addName(bookmark).build());
    if (result.succeeded()) {
      return;
    }
    ZfsException failure =
        commands.failure("cannot bookmark %s as %s".formatted(source, bookmark), result);
    if (failure.problem() != ZfsProblem.BOOKMARK_EXISTS) {
      throw failure;
    }
    FilesystemVersion existing = lists.lookup(List.of(bookmark)).get(bookmark);
    if (existing == null) {
      throw failure; // destroyed in between
    }
    if (!existing.guid().equals(guid)) {
      throw new ZfsException(
          ZfsProblem.BOOKMARK_EXISTS,
          "cannot bookmark %s as %s: a bookmark of another snapshot (guid %s instead of %s) has that name"
              .formatted(source, bookmark, existing.guid(), guid),
          null);
    }
  }

  void destroyBookmark(BookmarkPath bookmark) throws ZfsException, InterruptedException {
    CommandResult result = commands.run(Command.change("zfs", "destroy").addName(bookmark).build());
    if (result.succeeded()) {
      return;
    }
    ZfsException failure = commands.failure("cannot destroy bookmark " + bookmark, result);
    if (failure.problem() != ZfsProblem.DATASET_MISSING) {
      throw failure;
    }
  }

  void rollback(SnapshotPath snapshot) throws ZfsException, InterruptedException {
    commands.require(
        "cannot roll back to " + snapshot,
        Command.change("zfs", "rollback", "-r").addName(snapshot).build());
  }
}
