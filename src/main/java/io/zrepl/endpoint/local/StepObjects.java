package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.Zfs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The single objects of which {@link StepProtection} decides when they come and go: makes them,
 * takes them back, removes them, and keeps the inventory current. Whoever calls has the filesystem
 * for itself ({@link ActiveSends}).
 */
final class StepObjects {
  private final Zfs zfs;
  private final Inventory inventory;
  private final JobId job;
  private final String tag;
  private final Logger log;

  StepObjects(Zfs zfs, Inventory inventory, JobId job, Logger log) {
    this.zfs = zfs;
    this.inventory = inventory;
    this.job = job;
    this.log = log;
    this.tag = new HoldTag(HoldTag.Kind.STEP, job).text();
  }

  /** Holds from, if it is a snapshot, and to; returns their names. */
  Set<String> hold(SendRequest request) throws OperationException, InterruptedException {
    Map<String, SnapshotPath> snapshots = new LinkedHashMap<>();
    if (request.from().orElse(null) instanceof Snapshot from) {
      snapshots.put(from.name(), StepProtection.snapshotPath(request.filesystem(), from.name()));
    }
    snapshots.put(
        request.to().name(),
        StepProtection.snapshotPath(request.filesystem(), request.to().name()));
    zfs.hold(tag, snapshots.values());
    inventory.update(request.filesystem(), state -> state.withHolds(snapshots.keySet()));
    return snapshots.keySet();
  }

  /** Bookmarks from and to, as far as they are not yet; returns the bookmarks with their guids. */
  Map<BookmarkPath, Guid> makeTentativeCursors(FilesystemState state, SendRequest request)
      throws OperationException, InterruptedException {
    Map<BookmarkPath, Guid> made = new LinkedHashMap<>();
    FilesystemVersion from = request.from().orElse(null);
    if (from != null) {
      try {
        made.put(makeTentativeCursor(state, from), from.guid());
      } catch (OperationException e) {
        if (from instanceof Snapshot) {
          throw e;
        }
        // Old versions of ZFS cannot copy a bookmark. It exists already, so the step can be sent.
        log.atInfo()
            .addKeyValue("fs", request.filesystem())
            .addKeyValue("from", from.relativeName())
            .log("cannot make a tentative cursor of a bookmark: {}", e.describe());
      }
    }
    made.put(makeTentativeCursor(state, request.to()), request.to().guid());
    return made;
  }

  private BookmarkPath makeTentativeCursor(FilesystemState state, FilesystemVersion version)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = state.dataset().path();
    CursorName name = cursor(CursorName.Kind.TENTATIVE, version);
    BookmarkPath path = name.in(filesystem);
    Bookmark bookmark =
        new Bookmark(name.text(), version.guid(), version.createTxg(), version.creation());
    if (!state.has(bookmark)) {
      zfs.bookmark(StepProtection.versionPath(filesystem, version), version.guid(), path);
      inventory.update(filesystem, known -> known.with(bookmark));
    }
    return path;
  }

  /** Removes what was made just now and hit another object than was meant. */
  void takeBack(FilesystemState before, VersionPath path, Set<String> heldNow)
      throws InterruptedException {
    try {
      switch (path) {
        case SnapshotPath snapshot -> {
          if (heldNow.contains(snapshot.name()) && !before.held().contains(snapshot.name())) {
            zfs.release(tag, List.of(snapshot));
          }
        }
        case BookmarkPath bookmark -> {
          boolean ours = CursorName.parse(bookmark.name()).isPresent();
          boolean madeNow =
              before.bookmarks().noneMatch(known -> known.name().equals(bookmark.name()));
          if (ours && madeNow) {
            zfs.destroyBookmark(bookmark);
          }
        }
      }
    } catch (OperationException e) {
      logLeftover(path.filesystem(), "could not take back what protects " + path, e);
    }
  }

  /** From the snapshot, or from its tentative cursor if somebody destroyed it meanwhile. */
  void makeCursor(FilesystemState state, Snapshot to, BookmarkPath cursor)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = state.dataset().path();
    try {
      zfs.bookmark(StepProtection.snapshotPath(filesystem, to.name()), to.guid(), cursor);
    } catch (OperationException e) {
      CursorName tentative = cursor(CursorName.Kind.TENTATIVE, to);
      if (state.bookmarks().flatMap(b -> CursorName.of(b).stream()).noneMatch(tentative::equals)) {
        throw e;
      }
      try {
        zfs.bookmark(tentative.in(filesystem), to.guid(), cursor);
      } catch (OperationException second) {
        e.addSuppressed(second);
        throw e;
      }
    }
  }

  /**
   * Makes sure that the cursor is one of the right snapshot, before the old one goes: ZFS bookmarks
   * by name.
   */
  void requireCursor(Snapshot to, BookmarkPath cursor)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = cursor.filesystem();
    FilesystemVersion made = zfs.lookup(List.of(cursor)).get(cursor);
    if (made == null || !made.guid().equals(to.guid())) {
      if (made != null) {
        zfs.destroyBookmark(cursor);
      }
      throw OperationException.permanent(
          "cannot move the replication cursor of %s: %s"
              .formatted(
                  filesystem,
                  mismatch(StepProtection.snapshotPath(filesystem, to.name()), to.guid(), made)));
    }
    inventory.update(filesystem, known -> known.with(made));
  }

  /** Says that an object is not what it should be. */
  static String mismatch(VersionPath path, Guid wanted, @Nullable FilesystemVersion found) {
    return found == null
        ? path + " does not exist any more"
        : "%s is now another version (guid %s instead of %s)".formatted(path, found.guid(), wanted);
  }

  /** Destroys the bookmarks of this job of some kinds; one that resists is left for later. */
  void removeBookmarks(
      DatasetPath filesystem,
      FilesystemState state,
      Set<CursorName.Kind> kinds,
      Set<String> keptNames)
      throws InterruptedException {
    for (Bookmark bookmark : state.bookmarks().toList()) {
      CursorName name = CursorName.of(bookmark).orElse(null);
      if (name == null
          || !name.job().equals(job)
          || !kinds.contains(name.kind())
          || keptNames.contains(bookmark.name())) {
        continue;
      }
      try {
        zfs.destroyBookmark(name.in(filesystem));
        inventory.update(filesystem, known -> known.without(Set.of(bookmark.relativeName())));
      } catch (OperationException e) {
        logLeftover(filesystem, "could not remove the cursor " + bookmark.relativeName(), e);
      }
    }
  }

  /** Releases the step holds of this job; what fails is left for later. */
  void releaseHolds(DatasetPath filesystem, FilesystemState state, Set<String> keptSnapshots)
      throws InterruptedException {
    HoldRelease.releaseAllBut(zfs, inventory, tag, state, keptSnapshots)
        .ifPresent(e -> logLeftover(filesystem, "could not release step holds", e));
  }

  /** Notes that something is left, which the next step removes. */
  void logLeftover(DatasetPath filesystem, String what, OperationException e) {
    inventory.invalidate(filesystem);
    log.atWarn()
        .addKeyValue("fs", filesystem)
        .log("{}, will try again with the next step: {}", what, e.describe());
  }

  /** The state with what this very step has changed so far. */
  FilesystemState current(DatasetPath filesystem, FilesystemState otherwise) {
    return inventory.peek(filesystem).orElse(otherwise);
  }

  /** How the cursor of a version is called. */
  CursorName cursor(CursorName.Kind kind, FilesystemVersion version) {
    return new CursorName(kind, version.guid(), job);
  }
}
