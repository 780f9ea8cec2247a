package io.zrepl.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a receiver lacks of a filesystem, found from the versions of both sides.
 *
 * <p>Versions of different pools are compared by guid and by nothing else. Bookmarks of the
 * receiver have no influence: they can neither be the base of a receive nor be in its way. Gaps
 * before the common version do not matter. A divergence is only told, never resolved. The order of
 * the given lists is irrelevant.
 *
 * <table>
 * <caption>Results</caption>
 * <tr><th>receiver's newest snapshot</th><th>sender</th><th>result</th></tr>
 * <tr><td>any or none</td><td>has nothing</td><td>{@link NoSenderSnapshots}</td></tr>
 * <tr><td>any or none</td><td>shares no guid</td><td>{@link NoCommonAncestor}</td></tr>
 * <tr><td>not on the sender, an older one is</td><td>any</td><td>{@link Diverged}</td></tr>
 * <tr><td>on the sender</td><td>has newer snapshots</td><td>{@link IncrementalPath}</td></tr>
 * <tr><td>on the sender</td><td>has none newer</td><td>{@link UpToDate}</td></tr>
 * </table>
 */
public sealed interface VersionDiff {
  /**
   * Oldest first, by createtxg; a bookmark comes before the snapshot it was made of. Only for
   * versions of one filesystem of one pool.
   */
  Comparator<FilesystemVersion> OLDEST_FIRST =
      Comparator.comparing(FilesystemVersion::createTxg)
          .thenComparing(version -> version instanceof Snapshot)
          .thenComparing(FilesystemVersion::name);

  /**
   * Compares the versions of a filesystem on both sides.
   *
   * @param sender all its snapshots and bookmarks
   * @param receiver all its snapshots and bookmarks, empty if the filesystem does not exist
   */
  static VersionDiff of(
      List<? extends FilesystemVersion> sender, List<? extends FilesystemVersion> receiver) {
    List<FilesystemVersion> senderVersions = oldestFirst(sender);
    List<Snapshot> receiverSnapshots = snapshots(oldestFirst(receiver));
    if (senderVersions.isEmpty()) {
      return new NoSenderSnapshots();
    }
    // The later entry wins, so that a snapshot is found rather than a bookmark of it: it is kept
    // by a hold and gives better size estimates.
    Map<Guid, Integer> positions = new HashMap<>();
    for (int i = 0; i < senderVersions.size(); i++) {
      positions.put(senderVersions.get(i).guid(), i);
    }
    for (int r = receiverSnapshots.size() - 1; r >= 0; r--) {
      Snapshot candidate = receiverSnapshots.get(r);
      Integer position = positions.get(candidate.guid());
      if (position != null) {
        FilesystemVersion common = senderVersions.get(position);
        List<FilesystemVersion> later = senderVersions.subList(position + 1, senderVersions.size());
        List<Snapshot> receiverOnly = receiverSnapshots.subList(r + 1, receiverSnapshots.size());
        return receiverOnly.isEmpty()
            ? after(common, later)
            : new Diverged(common, candidate, later, receiverOnly);
      }
    }
    return new NoCommonAncestor(senderVersions, receiverSnapshots);
  }

  private static VersionDiff after(FilesystemVersion common, List<FilesystemVersion> later) {
    List<Snapshot> path = new ArrayList<>();
    Guid last = common.guid();
    for (Snapshot snapshot : snapshots(later)) {
      if (!snapshot.guid().equals(last)) {
        path.add(snapshot);
        last = snapshot.guid();
      }
    }
    return path.isEmpty() ? new UpToDate(common) : new IncrementalPath(common, path);
  }

  /** A sorted copy, in the order {@link #OLDEST_FIRST}. */
  static List<FilesystemVersion> oldestFirst(List<? extends FilesystemVersion> versions) {
    List<FilesystemVersion> result = new ArrayList<>(versions);
    result.sort(OLDEST_FIRST);
    return List.copyOf(result);
  }

  /** The snapshots among the versions, in the same order. */
  static List<Snapshot> snapshots(List<? extends FilesystemVersion> versions) {
    return versions.stream().filter(Snapshot.class::isInstance).map(Snapshot.class::cast).toList();
  }

  /**
   * The receiver lacks snapshots that can be sent incrementally.
   *
   * @param base the newest version that both have, as the sender has it; only this may be a
   *     bookmark
   * @param snapshots what follows on the sender, oldest first, at least one
   */
  record IncrementalPath(FilesystemVersion base, List<Snapshot> snapshots) implements VersionDiff {
    /** Copies the list. */
    public IncrementalPath {
      snapshots = List.copyOf(snapshots);
      if (snapshots.isEmpty()) {
        throw new IllegalArgumentException("a path has at least one snapshot");
      }
    }
  }

  /**
   * The receiver has the newest snapshot of the sender.
   *
   * @param newest the newest version that both have, as the sender has it
   */
  record UpToDate(FilesystemVersion newest) implements VersionDiff {}

  /** Nothing can be sent without a decision of the administrator. */
  sealed interface Conflict extends VersionDiff {
    /** What differs, naming the versions. */
    String message();

    /** What the administrator can do. */
    String advice();
  }

  /** The sender has neither snapshots nor bookmarks. */
  record NoSenderSnapshots() implements Conflict {
    @Override
    public String message() {
      return "no snapshots available on sender side";
    }

    @Override
    public String advice() {
      return "take a snapshot of the filesystem, or exclude it in the job's filter";
    }
  }

  /**
   * No version of the sender is a snapshot of the receiver. If the receiver has no snapshots at
   * all, an initial replication is possible.
   *
   * @param senderVersions oldest first, at least one
   * @param receiverSnapshots oldest first
   */
  record NoCommonAncestor(List<FilesystemVersion> senderVersions, List<Snapshot> receiverSnapshots)
      implements Conflict {
    /** Copies the lists. */
    public NoCommonAncestor {
      senderVersions = List.copyOf(senderVersions);
      receiverSnapshots = List.copyOf(receiverSnapshots);
    }

    @Override
    public String message() {
      return "no common snapshot or suitable bookmark between sender and receiver: sender has "
          + newestFirst(senderVersions)
          + "; receiver has "
          + newestFirst(receiverSnapshots);
    }

    @Override
    public String advice() {
      return "nothing was changed. To replicate from scratch, first move the receiver's copy out of"
          + " the way with zfs rename, or destroy it if it is no longer needed";
    }
  }

  /**
   * Both have a common version, but the receiver has newer snapshots that the sender does not have.
   *
   * @param common the newest version that both have, as the sender has it
   * @param commonOnReceiver the same as the receiver has it
   * @param senderOnly what follows on the sender, oldest first, with bookmarks
   * @param receiverOnly what follows on the receiver, oldest first, at least one
   */
  record Diverged(
      FilesystemVersion common,
      Snapshot commonOnReceiver,
      List<FilesystemVersion> senderOnly,
      List<Snapshot> receiverOnly)
      implements Conflict {
    /** Copies the lists. */
    public Diverged {
      senderOnly = List.copyOf(senderOnly);
      receiverOnly = List.copyOf(receiverOnly);
    }

    @Override
    public String message() {
      return "the receiver's latest snapshot is not present on sender: after the common version "
          + common.relativeName()
          + " the receiver has "
          + newestFirst(receiverOnly)
          + "; the sender has "
          + newestFirst(senderOnly);
    }

    @Override
    public String advice() {
      return "nothing was changed. Find out who takes snapshots on the receiver. To give up its"
          + " newer snapshots and all changes since, run zfs rollback -r to its snapshot "
          + commonOnReceiver.relativeName()
          + "; to keep them, move the receiver's copy out of the way with zfs rename";
    }
  }

  private static String newestFirst(List<? extends FilesystemVersion> versions) {
    if (versions.isEmpty()) {
      return "none";
    }
    int shown = Math.min(versions.size(), 5);
    String names =
        versions.reversed().stream()
            .limit(shown)
            .map(version -> version.relativeName() + " (guid " + version.guid() + ")")
            .collect(Collectors.joining(", "));
    int older = versions.size() - shown;
    return older == 0 ? names : names + " and " + older + " older";
  }
}
