package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.Zfs;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The objects on the sender's disk that protect a step and remember the last one. Whoever calls has
 * the filesystem for itself ({@link ActiveSends}).
 *
 * <table>
 * <caption>What exists when, for one job and filesystem</caption>
 * <tr><th>guarantee</th><th>while the step runs, and after it failed</th><th>after it was
 * confirmed</th></tr>
 * <tr><td>resumability</td><td>step holds on from (if a snapshot) and to; the cursor of the last
 * step</td><td>cursor of to</td></tr>
 * <tr><td>incremental</td><td>tentative cursors of from and to; the cursor of the last step</td>
 * <td>cursor of to</td></tr>
 * <tr><td>nothing</td><td>the cursor of the last step, if the guarantee was another then</td>
 * <td>nothing</td></tr>
 * </table>
 *
 * <p>Where the next step follows directly, part of the removal waits for it: the new cursor is made
 * at once, and looked at together with the objects of the next step; then the old cursor goes, and
 * the holds of both steps may stay until the step after that. So there is never less on disk than
 * the table says, at most {@value #MOST_HOLDS} step holds and one cursor more. {@link #settle} does
 * what waits if no step follows after all.
 *
 * <p>The order of the commands makes every crash harmless: objects come before the stream, the new
 * cursor before the old ones go. What a crash leaves, the next send of the same job and filesystem
 * removes. Objects of other jobs and of users are never touched, and a failing removal never fails
 * a step.
 */
final class StepProtection {
  /** How many snapshots may be held while a stream runs: its own two, and the base before them. */
  static final int MOST_HOLDS = 3;

  private final Zfs zfs;
  private final Inventory inventory;
  private final JobId job;
  private final String tag;
  private final Logger log;
  // What waits; an entry is changed only by whoever has the filesystem for itself.
  private final Map<DatasetPath, Waiting> waiting = new ConcurrentHashMap<>();

  /** What was not removed yet because another step follows. */
  private sealed interface Waiting {
    /** The step to that snapshot is confirmed. Its cursor was not looked at, nothing removed. */
    record Confirmed(Snapshot to, BookmarkPath cursor) implements Waiting {
      boolean isContinuedBy(SendRequest request) {
        return request.from().filter(from -> from.guid().equals(to.guid())).isPresent()
            && guarantee(request) != ReplicationGuarantee.NOTHING;
      }
    }

    /** The next step runs. The holds on other snapshots than its own can go. */
    record HoldsOfEarlierSteps(Set<String> ownSnapshots) implements Waiting {}
  }

  StepProtection(Zfs zfs, Inventory inventory, JobId job, Logger log) {
    this.zfs = zfs;
    this.inventory = inventory;
    this.job = job;
    this.log = log;
    this.tag = new HoldTag(HoldTag.Kind.STEP, job).text();
  }

  /** Checks, before anything is done, that the names of all objects of the step fit. */
  void requireNamesFit(SendRequest request) throws OperationException {
    if (guarantee(request) == ReplicationGuarantee.NOTHING) {
      return;
    }
    cursor(CursorName.Kind.REPLICATION, request.to()).in(request.filesystem());
    if (guarantee(request) == ReplicationGuarantee.INCREMENTAL) {
      cursor(CursorName.Kind.TENTATIVE, request.to()).in(request.filesystem());
    }
  }

  /**
   * Places the objects, verifies that they protect what was meant, and removes what earlier steps
   * left.
   *
   * @throws OperationException if from or to cannot be protected or is not what the request says
   */
  void beforeSend(FilesystemState known, SendRequest request)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = request.filesystem();
    FilesystemState state = known;
    Waiting.Confirmed before = null;
    if (waiting.get(filesystem) instanceof Waiting.Confirmed confirmed) {
      if (confirmed.isContinuedBy(request)) {
        before = confirmed;
      } else {
        settle(filesystem);
        state = current(filesystem, known);
      }
    }
    Set<String> heldNow = new HashSet<>();
    Map<BookmarkPath, Guid> bookmarked = new LinkedHashMap<>();
    boolean done = false;
    try {
      switch (guarantee(request)) {
        case RESUMABILITY -> heldNow.addAll(hold(request));
        case INCREMENTAL -> bookmarked.putAll(makeTentativeCursors(state, request));
        case NOTHING -> {}
      }
      if (before != null) {
        bookmarked.put(before.cursor(), before.to().guid());
      }
      verify(state, request, heldNow, bookmarked);
      done = true;
    } finally {
      if (!done) {
        inventory.invalidate(filesystem);
      }
    }
    waiting.remove(filesystem);
    Set<CursorName.Kind> removed = EnumSet.of(CursorName.Kind.TENTATIVE);
    if (before != null) {
      removed.add(CursorName.Kind.REPLICATION);
    }
    Set<String> keptBookmarks = new HashSet<>();
    bookmarked.keySet().forEach(path -> keptBookmarks.add(path.name()));
    request.from().ifPresent(from -> keptBookmarks.add(from.name()));
    removeBookmarks(filesystem, current(filesystem, state), removed, keptBookmarks);
    FilesystemState now = current(filesystem, state);
    boolean goesOn = before != null && !heldNow.isEmpty();
    if (goesOn && now.allHoldsKnown() && now.held().size() <= MOST_HOLDS) {
      waiting.put(filesystem, new Waiting.HoldsOfEarlierSteps(heldNow));
    } else {
      releaseHolds(filesystem, now, heldNow);
    }
  }

  private Set<String> hold(SendRequest request) throws OperationException, InterruptedException {
    Map<String, SnapshotPath> snapshots = new LinkedHashMap<>();
    if (request.from().orElse(null) instanceof Snapshot from) {
      snapshots.put(from.name(), snapshotPath(request.filesystem(), from.name()));
    }
    snapshots.put(request.to().name(), snapshotPath(request.filesystem(), request.to().name()));
    zfs.hold(tag, snapshots.values());
    inventory.update(request.filesystem(), state -> state.withHolds(snapshots.keySet()));
    return snapshots.keySet();
  }

  private Map<BookmarkPath, Guid> makeTentativeCursors(FilesystemState state, SendRequest request)
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
      zfs.bookmark(versionPath(filesystem, version), version.guid(), path);
      inventory.update(filesystem, known -> known.with(bookmark));
    }
    return path;
  }

  /**
   * Reads from, to and the bookmarks that nobody has looked at again, with one command: only now
   * that they are held does the answer stay true. What hit another object than was meant is taken
   * back.
   */
  private void verify(
      FilesystemState before,
      SendRequest request,
      Set<String> heldNow,
      Map<BookmarkPath, Guid> bookmarked)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = request.filesystem();
    Map<VersionPath, Guid> wanted = new LinkedHashMap<>(bookmarked);
    if (request.from().isPresent()) {
      wanted.put(versionPath(filesystem, request.from().get()), request.from().get().guid());
    }
    VersionPath to = snapshotPath(filesystem, request.to().name());
    wanted.put(to, request.to().guid());
    Map<VersionPath, FilesystemVersion> real = zfs.lookup(wanted.keySet());
    String problem = null;
    boolean onlyCursorsMissing = true;
    for (Map.Entry<VersionPath, Guid> entry : wanted.entrySet()) {
      FilesystemVersion found = real.get(entry.getKey());
      if (found != null && found.guid().equals(entry.getValue())) {
        inventory.update(filesystem, state -> state.with(found));
        continue;
      }
      if (found != null) {
        takeBack(before, entry.getKey(), heldNow);
      }
      problem = mismatch(entry.getKey(), entry.getValue(), found);
      onlyCursorsMissing &=
          found == null
              && entry.getKey() instanceof BookmarkPath path
              && bookmarked.containsKey(path);
    }
    if (problem != null) {
      // A command may have released a cursor that the inventory still knew: the next try makes it.
      throw new OperationException(
          FailureScope.FILESYSTEM,
          onlyCursorsMissing,
          "cannot send %s: %s".formatted(to, problem),
          null,
          null);
    }
  }

  private static String mismatch(VersionPath path, Guid wanted, @Nullable FilesystemVersion found) {
    return found == null
        ? path + " does not exist any more"
        : "%s is now another version (guid %s instead of %s)".formatted(path, found.guid(), wanted);
  }

  private void takeBack(FilesystemState before, VersionPath path, Set<String> heldNow)
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

  /**
   * Moves the cursor to the confirmed snapshot, then removes everything else of this job.
   *
   * @param nextFollows whether the next step follows directly, so that removing may wait for it
   * @throws OperationException if the cursor could not be moved; nothing is removed then
   */
  void afterConfirmation(FilesystemState state, SendRequest request, boolean nextFollows)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = request.filesystem();
    if (waiting.get(filesystem) instanceof Waiting.Confirmed(var to, _)
        && !to.equals(request.to())) {
      settle(filesystem);
    }
    if (guarantee(request) == ReplicationGuarantee.NOTHING) {
      waiting.remove(filesystem);
      removeAllBut(filesystem, state, Set.of());
      return;
    }
    boolean done = false;
    try {
      BookmarkPath cursor = cursor(CursorName.Kind.REPLICATION, request.to()).in(filesystem);
      makeCursor(state, request.to(), cursor);
      if (nextFollows) {
        waiting.put(filesystem, new Waiting.Confirmed(request.to(), cursor));
      } else {
        waiting.remove(filesystem);
        requireCursor(request.to(), cursor);
        removeAllBut(filesystem, state, Set.of(cursor.name()));
      }
      done = true;
    } finally {
      if (!done) {
        inventory.invalidate(filesystem);
      }
    }
  }

  /** Filesystems of which something waits to be removed. */
  Set<DatasetPath> unsettled() {
    return Set.copyOf(waiting.keySet());
  }

  /** Whether something of a filesystem waits to be removed. */
  boolean isUnsettled(DatasetPath filesystem) {
    return waiting.containsKey(filesystem);
  }

  /**
   * Removes what waits for a next step that does not follow. If that fails, the next step does it,
   * whenever it comes.
   */
  void settle(DatasetPath filesystem) throws InterruptedException {
    Waiting found = waiting.remove(filesystem);
    Optional<FilesystemState> state = inventory.peek(filesystem);
    if (found == null || state.isEmpty()) {
      return;
    }
    switch (found) {
      case Waiting.Confirmed(var to, var cursor) -> {
        try {
          requireCursor(to, cursor);
          removeAllBut(filesystem, state.get(), Set.of(cursor.name()));
        } catch (OperationException e) {
          logLeftover(filesystem, "could not finish the last step", e);
        }
      }
      case Waiting.HoldsOfEarlierSteps(var own) -> releaseHolds(filesystem, state.get(), own);
    }
  }

  private void removeAllBut(DatasetPath filesystem, FilesystemState state, Set<String> kept)
      throws InterruptedException {
    removeBookmarks(
        filesystem,
        current(filesystem, state),
        Set.of(CursorName.Kind.REPLICATION, CursorName.Kind.TENTATIVE),
        kept);
    releaseHolds(filesystem, current(filesystem, state), Set.of());
  }

  /**
   * Makes sure that the cursor is one of the right snapshot, before the old one goes: ZFS bookmarks
   * by name.
   */
  private void requireCursor(Snapshot to, BookmarkPath cursor)
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
                  filesystem, mismatch(snapshotPath(filesystem, to.name()), to.guid(), made)));
    }
    inventory.update(filesystem, known -> known.with(made));
  }

  /** From the snapshot, or from its tentative cursor if somebody destroyed it meanwhile. */
  private void makeCursor(FilesystemState state, Snapshot to, BookmarkPath cursor)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = state.dataset().path();
    try {
      zfs.bookmark(snapshotPath(filesystem, to.name()), to.guid(), cursor);
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

  private void removeBookmarks(
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

  private void releaseHolds(
      DatasetPath filesystem, FilesystemState state, Set<String> keptSnapshots)
      throws InterruptedException {
    HoldRelease.releaseAllBut(zfs, inventory, tag, state, keptSnapshots)
        .ifPresent(e -> logLeftover(filesystem, "could not release step holds", e));
  }

  private void logLeftover(DatasetPath filesystem, String what, OperationException e) {
    inventory.invalidate(filesystem);
    log.atWarn()
        .addKeyValue("fs", filesystem)
        .log("{}, will try again with the next step: {}", what, e.describe());
  }

  /** The state with what this very step has changed so far. */
  private FilesystemState current(DatasetPath filesystem, FilesystemState otherwise) {
    return inventory.peek(filesystem).orElse(otherwise);
  }

  private CursorName cursor(CursorName.Kind kind, FilesystemVersion version) {
    return new CursorName(kind, version.guid(), job);
  }

  private static ReplicationGuarantee guarantee(SendRequest request) {
    return request.protection().forStep(request.from().isPresent());
  }

  private static VersionPath versionPath(DatasetPath filesystem, FilesystemVersion version)
      throws OperationException {
    return switch (version) {
      case Snapshot snapshot -> snapshotPath(filesystem, snapshot.name());
      case Bookmark bookmark -> {
        try {
          yield BookmarkPath.of(filesystem, bookmark.name());
        } catch (InvalidValueException e) {
          throw badName(e);
        }
      }
    };
  }

  static SnapshotPath snapshotPath(DatasetPath filesystem, String name) throws OperationException {
    try {
      return SnapshotPath.of(filesystem, name);
    } catch (InvalidValueException e) {
      throw badName(e);
    }
  }

  private static OperationException badName(InvalidValueException e) {
    return new OperationException(
        FailureScope.FILESYSTEM, false, String.valueOf(e.getMessage()), null, e);
  }
}
