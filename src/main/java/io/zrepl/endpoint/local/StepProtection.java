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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private final StepObjects objects;
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
    this.objects = new StepObjects(zfs, inventory, job, log);
  }

  /** Checks, before anything is done, that the names of all objects of the step fit. */
  void requireNamesFit(SendRequest request) throws OperationException {
    if (guarantee(request) == ReplicationGuarantee.NOTHING) {
      return;
    }
    objects.cursor(CursorName.Kind.REPLICATION, request.to()).in(request.filesystem());
    if (guarantee(request) == ReplicationGuarantee.INCREMENTAL) {
      objects.cursor(CursorName.Kind.TENTATIVE, request.to()).in(request.filesystem());
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
        state = objects.current(filesystem, known);
      }
    }
    Set<String> heldNow = new HashSet<>();
    Map<BookmarkPath, Guid> bookmarked = new LinkedHashMap<>();
    boolean done = false;
    try {
      switch (guarantee(request)) {
        case RESUMABILITY -> heldNow.addAll(objects.hold(request));
        case INCREMENTAL -> bookmarked.putAll(objects.makeTentativeCursors(state, request));
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
    objects.removeBookmarks(filesystem, objects.current(filesystem, state), removed, keptBookmarks);
    FilesystemState now = objects.current(filesystem, state);
    boolean goesOn = before != null && !heldNow.isEmpty();
    if (goesOn && now.allHoldsKnown() && now.held().size() <= MOST_HOLDS) {
      waiting.put(filesystem, new Waiting.HoldsOfEarlierSteps(heldNow));
    } else {
      objects.releaseHolds(filesystem, now, heldNow);
    }
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
        objects.takeBack(before, entry.getKey(), heldNow);
      }
      problem = StepObjects.mismatch(entry.getKey(), entry.getValue(), found);
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
      BookmarkPath cursor =
          objects.cursor(CursorName.Kind.REPLICATION, request.to()).in(filesystem);
      objects.makeCursor(state, request.to(), cursor);
      if (nextFollows) {
        waiting.put(filesystem, new Waiting.Confirmed(request.to(), cursor));
      } else {
        waiting.remove(filesystem);
        objects.requireCursor(request.to(), cursor);
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
          objects.requireCursor(to, cursor);
          removeAllBut(filesystem, state.get(), Set.of(cursor.name()));
        } catch (OperationException e) {
          objects.logLeftover(filesystem, "could not finish the last step", e);
        }
      }
      case Waiting.HoldsOfEarlierSteps(var own) ->
          objects.releaseHolds(filesystem, state.get(), own);
    }
  }

  private void removeAllBut(DatasetPath filesystem, FilesystemState state, Set<String> kept)
      throws InterruptedException {
    objects.removeBookmarks(
        filesystem,
        objects.current(filesystem, state),
        Set.of(CursorName.Kind.REPLICATION, CursorName.Kind.TENTATIVE),
        kept);
    objects.releaseHolds(filesystem, objects.current(filesystem, state), Set.of());
  }

  private static ReplicationGuarantee guarantee(SendRequest request) {
    return request.protection().forStep(request.from().isPresent());
  }

  static VersionPath versionPath(DatasetPath filesystem, FilesystemVersion version)
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
