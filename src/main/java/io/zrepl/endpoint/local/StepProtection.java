package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.PolicyException;
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
 * <tr><td>incremental</td><td>tentative cursors of to and, if it has no cursor of this job, of
 * from; the cursor of the last step</td>
 * <td>cursor of to</td></tr>
 * <tr><td>nothing</td><td>the cursor of the last step, if the guarantee was another then</td>
 * <td>nothing</td></tr>
 * </table>
 *
 * <p>Where the next step follows directly, part of the removal waits for it: the new cursor is made
 * at once, and looked at together with the objects of the next step; then the old cursor goes, and
 * the holds of both steps may stay until the step after that. So there is never less on disk than
 * the table says, while a stream runs at most {@value #MOST_HOLDS} step holds (one more for the
 * moment between hold and release), and one cursor more. {@link #settle} does what waits if no step
 * follows after all: when the filesystem is planned again, pruned, or sent from another base. What
 * cannot be done goes on waiting. It survives the sender ({@link ActiveSends#unfinished}), not the
 * process; after that the next step cleans up.
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
  private final Map<DatasetPath, UnfinishedStep> unfinished;
  private final Logger log;

  StepProtection(
      Zfs zfs,
      Inventory inventory,
      JobId job,
      Map<DatasetPath, UnfinishedStep> unfinished,
      Logger log) {
    this.zfs = zfs;
    this.inventory = inventory;
    this.unfinished = unfinished;
    this.log = log;
    this.objects = new StepObjects(zfs, inventory, job, log);
  }

  /** Checks, before anything is done, that the names of all objects of the step fit. */
  void requireNamesFit(SendRequest request) throws PolicyException {
    if (guarantee(request) == ReplicationGuarantee.NOTHING) {
      return;
    }
    try {
      objects.cursor(CursorName.Kind.REPLICATION, request.to()).in(request.filesystem());
      if (guarantee(request) == ReplicationGuarantee.INCREMENTAL) {
        objects.cursor(CursorName.Kind.TENTATIVE, request.to()).in(request.filesystem());
      }
    } catch (OperationException e) {
      throw new PolicyException(e.message());
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
    UnfinishedStep.Confirmed before = null;
    boolean settled = true;
    if (unfinished.get(filesystem) instanceof UnfinishedStep.Confirmed confirmed) {
      if (confirmed.isContinuedBy(request, inventory.identity())) {
        before = confirmed;
      } else {
        settled = trySettle(filesystem);
        state = objects.current(filesystem, known);
      }
    }
    Set<String> heldNow = new HashSet<>();
    StepObjects.StepBookmarks bookmarks = StepObjects.StepBookmarks.none();
    boolean done = false;
    try {
      if (before != null) {
        bookmarks.wanted().put(before.cursor(), before.to().guid());
        bookmarks.made().add(before.cursor());
      }
      switch (guarantee(request)) {
        case RESUMABILITY -> heldNow.addAll(objects.hold(request));
        case INCREMENTAL ->
            objects.makeTentativeCursors(
                state, request, cursorOfFrom(state, request, before), bookmarks);
        case NOTHING -> {}
      }
      verify(state, request, heldNow, bookmarks);
      done = true;
    } finally {
      if (!done) {
        inventory.invalidate(filesystem);
        if (before != null) {
          unfinished.put(filesystem, before.inDoubt());
        }
      }
    }
    UnfinishedStep.Objects own = new UnfinishedStep.Objects(heldNow, names(bookmarks, request));
    if (settled) {
      removeLeftovers(filesystem, objects.current(filesystem, state), before, own);
    } else if (unfinished.get(filesystem) instanceof UnfinishedStep.Confirmed confirmed) {
      unfinished.put(filesystem, confirmed.before(own));
    }
  }

  private static Set<String> names(StepObjects.StepBookmarks bookmarks, SendRequest request) {
    Set<String> names = new HashSet<>();
    bookmarks.wanted().keySet().forEach(path -> names.add(path.name()));
    request.from().ifPresent(from -> names.add(from.name()));
    return names;
  }

  private Optional<BookmarkPath> cursorOfFrom(
      FilesystemState state, SendRequest request, UnfinishedStep.@Nullable Confirmed before)
      throws OperationException {
    if (before != null) {
      return Optional.of(before.cursor());
    }
    return request.from().isEmpty()
        ? Optional.empty()
        : objects.cursorOf(state, request.from().get());
  }

  /** Removes what earlier steps left, now that everything of this one is there. */
  private void removeLeftovers(
      DatasetPath filesystem,
      FilesystemState state,
      UnfinishedStep.@Nullable Confirmed before,
      UnfinishedStep.Objects own)
      throws InterruptedException {
    Set<String> heldNow = own.heldSnapshots();
    Set<CursorName.Kind> removed = EnumSet.of(CursorName.Kind.TENTATIVE);
    if (before != null) {
      removed.add(CursorName.Kind.REPLICATION);
    }
    // What stays of the bookmarks goes when this step is confirmed.
    boolean _ = objects.removeBookmarks(filesystem, state, removed, own.bookmarks());
    FilesystemState now = objects.current(filesystem, state);
    boolean goesOn = before != null && !heldNow.isEmpty();
    boolean wait = goesOn && now.allHoldsKnown() && now.held().size() <= MOST_HOLDS;
    if (!wait && objects.releaseHolds(filesystem, now, heldNow)) {
      unfinished.remove(filesystem);
    } else {
      unfinished.put(
          filesystem, new UnfinishedStep.HoldsOfEarlierSteps(heldNow, inventory.identity()));
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
      StepObjects.StepBookmarks bookmarks)
      throws OperationException, InterruptedException {
    DatasetPath filesystem = request.filesystem();
    Map<VersionPath, Guid> wanted = new LinkedHashMap<>(bookmarks.wanted());
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
        objects.takeBack(before, entry.getKey(), heldNow, bookmarks.made());
      }
      problem = StepObjects.mismatch(entry.getKey(), entry.getValue(), found);
      onlyCursorsMissing &=
          found == null
              && entry.getKey() instanceof BookmarkPath path
              && bookmarks.wanted().containsKey(path);
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
    if (unfinished.get(filesystem) instanceof UnfinishedStep.Confirmed earlier
        && !earlier.to().guid().equals(request.to().guid())) {
      // What fails here is made up for by the new cursor.
      boolean _ = trySettle(filesystem);
    }
    if (guarantee(request) == ReplicationGuarantee.NOTHING) {
      unfinished.remove(filesystem);
      boolean _ = removeAllBut(filesystem, state, Set.of(), Set.of());
      return;
    }
    boolean done = false;
    try {
      BookmarkPath cursor =
          objects.cursor(CursorName.Kind.REPLICATION, request.to()).in(filesystem);
      objects.makeCursor(state, request.to(), cursor);
      if (!nextFollows) {
        objects.requireCursor(request.to(), cursor);
      }
      if (!nextFollows && removeAllBut(filesystem, state, Set.of(cursor.name()), Set.of())) {
        unfinished.remove(filesystem);
      } else {
        unfinished.put(
            filesystem, UnfinishedStep.Confirmed.of(request.to(), cursor, inventory.identity()));
      }
      done = true;
    } finally {
      if (!done) {
        inventory.invalidate(filesystem);
      }
    }
  }

  /** Whether something of a filesystem waits to be removed. */
  boolean isUnsettled(DatasetPath filesystem) {
    return unfinished.containsKey(filesystem);
  }

  /**
   * Does what waits for a next step that does not follow: makes sure of the cursor (makes it again
   * if it is not there), then removes. What cannot be done goes on waiting.
   *
   * @throws OperationException if it is not certain that the cursor is where it should be
   */
  void settle(DatasetPath filesystem) throws OperationException, InterruptedException {
    UnfinishedStep found = unfinished.get(filesystem);
    if (found == null) {
      return;
    }
    Optional<FilesystemState> state =
        found.leftBy() == inventory.identity()
            ? inventory.find(filesystem)
            : inventory.refresh(filesystem);
    if (state.isEmpty()) {
      unfinished.remove(filesystem);
      return;
    }
    boolean complete =
        switch (found) {
          case UnfinishedStep.Confirmed(var to, var cursor, _, var later, _) -> {
            objects.restoreCursor(state.get(), to, cursor);
            Set<String> bookmarks = new HashSet<>(later.bookmarks());
            bookmarks.add(cursor.name());
            yield removeAllBut(filesystem, state.get(), bookmarks, later.heldSnapshots());
          }
          case UnfinishedStep.HoldsOfEarlierSteps(var own, _) ->
              objects.releaseHolds(filesystem, state.get(), own);
        };
    if (complete) {
      // Holds that stay are those of a step that was begun since, which cleans up for itself.
      unfinished.remove(filesystem);
    }
  }

  /**
   * As {@link #settle}, for who goes on in any case.
   *
   * @return whether the cursor is where it should be
   */
  boolean trySettle(DatasetPath filesystem) throws InterruptedException {
    try {
      settle(filesystem);
      return true;
    } catch (OperationException e) {
      log.atWarn()
          .addKeyValue("fs", filesystem)
          .log(
              "could not finish the last step, what protects it stays and it is tried again: {}",
              e.describe());
      return false;
    }
  }

  private boolean removeAllBut(
      DatasetPath filesystem,
      FilesystemState state,
      Set<String> keptBookmarks,
      Set<String> keptHolds)
      throws InterruptedException {
    boolean bookmarksRemoved =
        objects.removeBookmarks(
            filesystem,
            objects.current(filesystem, state),
            Set.of(CursorName.Kind.REPLICATION, CursorName.Kind.TENTATIVE),
            keptBookmarks);
    boolean holdsReleased =
        objects.releaseHolds(filesystem, objects.current(filesystem, state), keptHolds);
    return bookmarksRemoved && holdsReleased;
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
