package io.zrepl.zfs;

import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Everything the program asks of ZFS. Each method states how many processes it starts; none depends
 * on how many datasets or versions exist, beyond splitting at the limit of a command line.
 *
 * <p>All methods block and may be called by any thread, virtual ones included. Interrupting the
 * caller kills the process and lets the method throw {@link InterruptedException}.
 */
public interface Zfs {

  /**
   * Lists filesystems and volumes with placeholder mark, resume token and encryption.
   *
   * <p>One process. A selected dataset that does not exist is no failure: it is in {@link
   * DatasetListing#missing()}.
   */
  DatasetListing datasets(DatasetSelection selection) throws ZfsException, InterruptedException;

  /**
   * Lists snapshots and bookmarks, in ascending order of createtxg, bookmarks before snapshots of
   * the same createtxg.
   *
   * <p>One process. Datasets without versions have no entry, nor have those that do not exist.
   */
  Map<DatasetPath, List<FilesystemVersion>> versions(DatasetSelection selection)
      throws ZfsException, InterruptedException;

  /**
   * The imported pools that do not answer. {@code zfs list} passes over them in silence unless they
   * are named. One process.
   */
  default Set<DatasetPath> suspendedPools() throws ZfsException, InterruptedException {
    return Set.of();
  }

  /**
   * Reads the given versions again; those that do not exist are missing in the result. One process,
   * none for an empty collection.
   */
  Map<VersionPath, FilesystemVersion> lookup(Collection<? extends VersionPath> versions)
      throws ZfsException, InterruptedException;

  /**
   * Takes snapshots atomically: all or none of each pool. One process per pool.
   *
   * @throws SnapshotException if ZFS refused; names the culprits as far as ZFS tells them
   */
  void snapshot(Collection<SnapshotPath> snapshots) throws ZfsException, InterruptedException;

  /**
   * Makes a bookmark of a snapshot or of another bookmark. One process, one more if it exists.
   * Success if the bookmark exists with the guid of {@code source}.
   *
   * @param guid that of the source
   * @throws ZfsException if the bookmark exists with another guid, or the source does not exist
   */
  void bookmark(VersionPath source, Guid guid, BookmarkPath bookmark)
      throws ZfsException, InterruptedException;

  /**
   * Destroys a bookmark; success if it does not exist. One process, one more in that case: ZFS says
   * the same if the pool is missing or suspended.
   */
  void destroyBookmark(BookmarkPath bookmark) throws ZfsException, InterruptedException;

  /**
   * Destroys snapshots of one filesystem: one process if ZFS agrees, more to find out which it
   * refuses. A snapshot that does not exist counts as destroyed.
   *
   * @return one outcome per name, in the order given
   * @throws ZfsException if no statement about the snapshots is possible
   */
  List<DestroyOutcome> destroySnapshots(DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException;

  /**
   * What destroying these snapshots together would do. Destroys nothing. One process if ZFS would
   * agree, more to find out which it would refuse.
   *
   * @param names without filesystem and "@", at least one
   */
  default Reclaimable reclaimable(DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    return Reclaimable.UNKNOWN;
  }

  /**
   * How many bytes each filesystem occupies together with its snapshots, without the filesystems
   * below it. One process, none for an empty collection.
   *
   * @return those that do not exist are missing
   */
  default Map<DatasetPath, Long> sizes(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    return Map.of();
  }

  /**
   * How many bytes each filesystem has got since its newest snapshot ({@code written} in
   * zfsprops(7)). One process, none for an empty collection.
   *
   * @return those that do not exist are missing
   */
  default Map<DatasetPath, Long> written(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    return Map.of();
  }

  /** Places a hold on each snapshot; success where the tag is already there. One process. */
  void hold(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException;

  /**
   * Releases a hold from each snapshot; success where the tag is not there or the snapshot does not
   * exist. One process.
   *
   * @return those from which it was released
   */
  Set<SnapshotPath> release(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException;

  /** Lists the holds of the given snapshots; those that do not exist have none. One process. */
  List<Hold> holds(Collection<SnapshotPath> snapshots) throws ZfsException, InterruptedException;

  /**
   * Creates a placeholder, not mounted, with its mark. One process.
   *
   * @param encryption not {@link PlaceholderEncryption#UNSPECIFIED}
   */
  void createPlaceholder(DatasetPath dataset, PlaceholderEncryption encryption)
      throws ZfsException, InterruptedException;

  /** Sets the placeholder mark to on or off. One process. */
  void setPlaceholder(DatasetPath dataset, boolean placeholder)
      throws ZfsException, InterruptedException;

  /** Rolls back, destroying all younger snapshots and bookmarks. One process. */
  void rollback(SnapshotPath snapshot) throws ZfsException, InterruptedException;

  /**
   * Asks ZFS how large a send will be. One process.
   *
   * @return bytes; empty where ZFS gives no usable estimate
   */
  OptionalLong estimate(SendArguments arguments) throws ZfsException, InterruptedException;

  /**
   * Asks ZFS how large the sends of several steps will be: from {@code from} to the first target,
   * from there to the second, and so on. One process for all of them.
   *
   * @param targets the snapshots that follow {@code from} directly, oldest first; at least one
   * @return one size per target in bytes, each empty where ZFS gives no usable estimate
   * @throws ZfsException also if ZFS speaks of other steps than these: some may have been destroyed
   */
  List<OptionalLong> estimateSteps(
      DatasetPath filesystem, Snapshot from, List<Snapshot> targets, SendFlags flags)
      throws ZfsException, InterruptedException;

  /**
   * Asks ZFS what a resume token says, for tokens of a form that is not known here. One process,
   * which changes nothing.
   *
   * @param token untrusted, as is the answer
   * @throws ZfsException {@link ZfsProblem#TOKEN_CORRUPT} if ZFS does not know either
   */
  default ResumeTokenContents decode(ResumeToken token) throws ZfsException, InterruptedException {
    throw new ZfsException(
        ZfsProblem.TOKEN_CORRUPT, "cannot decode a resume token: nobody can be asked", null);
  }

  /** Starts a send. One process, which the caller must close. */
  SendProcess send(SendArguments arguments) throws ZfsException, InterruptedException;

  /**
   * Receives a whole stream and returns when ZFS has taken it. One process.
   *
   * <p>If the source fails, the process gets a moment to end by itself (keeping its partial state),
   * then it is killed; the failure of the source is thrown, with what the process said added. If
   * the process ends early the source is aborted and the process's failure is thrown.
   */
  void receive(ReceiveArguments arguments, StreamSource source)
      throws OperationException, InterruptedException;

  /**
   * Whether a pool has the feature {@code extensible_dataset}, without which it keeps no partial
   * state of an interrupted receive. One process.
   */
  boolean keepsPartialState(DatasetPath pool) throws ZfsException, InterruptedException;

  /** Drops partial receive state; success if there is none. One process. */
  void abortReceive(DatasetPath dataset) throws ZfsException, InterruptedException;
}
