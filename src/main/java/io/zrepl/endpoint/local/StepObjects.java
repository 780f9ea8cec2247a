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
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /**
   * Bookmarks that a step needs.
   *
   * @param wanted with the guids that they must have
   * @param made those that did not exist before
   */
  record StepBookmarks(Map<BookmarkPath, Guid> wanted, Set<BookmarkPath> made) {
    static StepBookmarks none() {
      return new StepBookmarks(new LinkedHashMap<>(), new HashSet<>());
    }
  }

  /**
   * Bookmarks to and, unless this job's cursor does the same for it, from; as far as they are not
   * yet.
   *
   * @param result what is made is added here, also if the rest then fails
   * @param cursorOfFrom a bookmark of from that stays until the step is confirmed
   */
  void makeTentativeCursors(
      FilesystemState state,
      SendRequest request,
      Optional<BookmarkPath> cursorOfFrom,
      StepBookmarks result)
      throws OperationException, InterruptedException {
    FilesystemVersion from = request.from().orElse(null);
    if (from != null && cursorOfFrom.isPresent()) {
      result.wanted().put(cursorOfFrom.get(), from.guid());
    } else if (from != null) {
      try {
        makeTentativeCursor(state, from, result);
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
    makeTentativeCursor(state, request.to(), result);
  }

  private void makeTentativeCursor(
      FilesystemState state, FilesystemVersion version, StepBookmarks result)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = state.dataset().path();
    CursorName name = cursor(CursorName.Kind.TENTATIVE, version);
    BookmarkPath path = name.in(filesystem);
    Bookmark bookmark =
        new Bookmark(name.text(), version.guid(), version.createTxg(), version.creation());
    if (!state.has(bookmark)) {
      zfs.bookmark(StepProtection.versionPath(filesystem, version), version.guid(), path);
      result.made().add(path);
      inventory.update(filesystem, known -> known.with(bookmark));
    }
    result.wanted().put(path, version.guid());
  }

  /** This job's newest cursor, if it is one of that version. */
  Optional<BookmarkPath> cursorOf(FilesystemState state, FilesystemVersion version)
      throws OperationException {
    Optional<CursorName> newest =
        state
            .bookmarks()
            .filter(bookmark -> isOwn(bookmark, CursorName.Kind.REPLICATION))
            .max(Comparator.comparing(Bookmark::createTxg))
            .flatMap(CursorName::of)
            .filter(name -> name.guid().equals(version.guid()));
    return newest.isEmpty()
        ? Optional.empty()
        : Optional.of(newest.get().in(state.dataset().path()));
  }

  private boolean isOwn(Bookmark bookmark, CursorName.Kind kind) {
    return CursorName.of(bookmark)
        .filter(name -> name.kind() == kind && name.job().equals(job))
        .isPresent();
  }

  /**
   * Removes what was made just now and hit another object than was meant. Never what was there
   * before: it may be somebody else's, whatever its name looks like.
   *
   * @param heldNow snapshots that were held just now
   * @param made bookmarks that were made just now
   */
  void takeBack(
      FilesystemState before, VersionPath path, Set<String> heldNow, Set<BookmarkPath> made)
      throws InterruptedException {
    try {
      switch (path) {
        case SnapshotPath snapshot -> {
          if (heldNow.contains(snapshot.name()) && !before.held().contains(snapshot.name())) {
            zfs.release(tag, List.of(snapshot));
          }
        }
        case BookmarkPath bookmark -> {
          if (made.contains(bookmark)) {
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
    try {
      zfs.bookmark(StepProtection.snapshotPath(cursor.filesystem(), to.name()), to.guid(), cursor);
    } catch (OperationException e) {
      Optional<BookmarkPath> tentative = tentativeCursorOf(state, to);
      if (tentative.isEmpty()) {
        throw e;
      }
      try {
        zfs.bookmark(tentative.get(), to.guid(), cursor);
      } catch (OperationException second) {
        e.addSuppressed(second);
        throw e;
      }
    }
  }

  private Optional<BookmarkPath> tentativeCursorOf(FilesystemState state, Snapshot to)
      throws OperationException {
    CursorName tentative = cursor(CursorName.Kind.TENTATIVE, to);
    return state.bookmarks().flatMap(b -> CursorName.of(b).stream()).anyMatch(tentative::equals)
        ? Optional.of(tentative.in(state.dataset().path()))
        : Optional.empty();
  }

  /**
   * Makes sure that the cursor, which was made just now, is one of the right snapshot, before the
   * old one goes: ZFS bookmarks by name.
   */
  void requireCursor(Snapshot to, BookmarkPath cursor)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = cursor.filesystem();
    FilesystemVersion made = removedIfWrong(to, cursor);
    if (made == null || !made.guid().equals(to.guid())) {
      throw OperationException.permanent(
          "cannot move the replication cursor of %s: %s"
              .formatted(
                  filesystem,
                  mismatch(StepProtection.snapshotPath(filesystem, to.name()), to.guid(), made)));
    }
  }

  /** As {@link #requireCursor}, for one that was made some time ago: makes it again if need be. */
  void restoreCursor(FilesystemState state, Snapshot to, BookmarkPath cursor)
      throws OperationException, InterruptedException {
    FilesystemVersion made = removedIfWrong(to, cursor);
    if (made == null || !made.guid().equals(to.guid())) {
      Optional<BookmarkPath> tentative = tentativeCursorOf(state, to);
      if (tentative.isPresent()) {
        // Its guid is known, while the snapshot may be another one of the same name.
        zfs.bookmark(tentative.get(), to.guid(), cursor);
      } else {
        makeCursor(state, to, cursor);
      }
      requireCursor(to, cursor);
    }
  }

  private @Nullable FilesystemVersion removedIfWrong(Snapshot to, BookmarkPath cursor)
      throws OperationException, InterruptedException {
    FilesystemVersion made = zfs.lookup(List.of(cursor)).get(cursor);
    if (made != null && made.guid().equals(to.guid())) {
      inventory.update(cursor.filesystem(), known -> known.with(made));
    } else {
      if (made != null) {
        zfs.destroyBookmark(cursor);
      }
      inventory.update(cursor.filesystem(), known -> known.without(Set.of("#" + cursor.name())));
    }
    return made;
  }

  /** Says that an object is not what it should be. */
  static String mismatch(VersionPath path, Guid wanted, @Nullable FilesystemVersion found) {
    return found == null
        ? path + " does not exist any more"
        : "%s is now another version (guid %s instead of %s)".formatted(path, found.guid(), wanted);
  }

  /**
   * Destroys the bookmarks of this job of some kinds; one that resists is left for later.
   *
   * @return whether none is left
   */
  boolean removeBookmarks(
      DatasetPath filesystem,
      FilesystemState state,
      Set<CursorName.Kind> kinds,
      Set<String> keptNames)
      throws InterruptedException {
    boolean complete = true;
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
        complete = false;
      }
    }
    return complete;
  }

  /**
   * Releases the step holds of this job; what fails is left for later.
   *
   * @return whether none is left
   */
  boolean releaseHolds(DatasetPath filesystem, FilesystemState state, Set<String> keptSnapshots)
      throws InterruptedException {
    Optional<OperationException> failure =
        HoldRelease.releaseAllBut(zfs, inventory, tag, state, keptSnapshots);
    failure.ifPresent(e -> logLeftover(filesystem, "could not release step holds", e));
    return failure.isEmpty();
  }

  /** Notes that something is left, which is removed later. */
  void logLeftover(DatasetPath filesystem, String what, OperationException e) {
    inventory.invalidate(filesystem);
    log.atWarn()
        .addKeyValue("fs", filesystem)
        .log("{}, will try again with the next step or run: {}", what, e.describe());
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
