package io.zrepl.prune;

import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Keeps a plan from destroying what the next incremental send needs: the last version that both
 * sides have. Pure.
 */
final class CommonBase {
  private CommonBase() {}

  /**
   * Keeps the snapshot at the replication cursor on a receiver. The sender relies on it: its own
   * rules may destroy everything that is older.
   */
  static List<KeepVerdict> keepAtCursor(List<KeepVerdict> verdicts, Guid cursor) {
    return keep(
        verdicts,
        verdict -> verdict.candidate().snapshot().guid().equals(cursor),
        "the sender's replication cursor is there: the next incremental send begins with it");
  }

  /**
   * Keeps the newest version in common. An older one would not do: if the receiver's newest
   * snapshot is gone on the sender, the next incremental send has no base, however many older ones
   * both have.
   *
   * @param anchors what this side has besides snapshots to begin an incremental send with, see
   *     {@link #anchoringBookmarks}
   * @param peer guids of what the other side has
   */
  static List<KeepVerdict> keepLastCommon(
      List<KeepVerdict> verdicts, List<Bookmark> anchors, Set<Guid> peer) {
    Optional<KeepVerdict> newest =
        verdicts.stream()
            .filter(verdict -> peer.contains(verdict.candidate().snapshot().guid()))
            .max(Comparator.comparing(verdict -> verdict.candidate().snapshot().createTxg()));
    if (newest.isEmpty() || newest.get().kept()) {
      return verdicts;
    }
    KeepVerdict common = newest.get();
    CreateTxg txg = common.candidate().snapshot().createTxg();
    boolean anchored =
        anchors.stream()
            .anyMatch(bookmark ->
                peer.contains(bookmark.guid()) && bookmark.createTxg().compareTo(txg) >= 0);
    if (anchored) {
      return verdicts;
    }
    return keep(
        verdicts,
        verdict -> verdict.equals(common),
        "it is the last version that both sides have: the next incremental send begins with it");
  }

  /** Whether this side and its peer have a snapshot in common, whatever the plan says. */
  static boolean exists(List<KeepVerdict> verdicts, Set<Guid> peer) {
    return verdicts.stream()
        .anyMatch(verdict -> peer.contains(verdict.candidate().snapshot().guid()));
  }

  /**
   * A sender's bookmarks that will still be there tomorrow: the cursor's, and those that somebody
   * made by hand. The program's other bookmarks belong to steps or to other jobs, which move or
   * remove them at any time.
   */
  static List<Bookmark> anchoringBookmarks(
      List<FilesystemVersion> versions, Optional<Guid> cursor) {
    List<Bookmark> bookmarks = new ArrayList<>();
    for (FilesystemVersion version : versions) {
      if (version instanceof Bookmark bookmark
          && (!bookmark.name().startsWith("zrepl_")
              || cursor.equals(Optional.of(bookmark.guid())))) {
        bookmarks.add(bookmark);
      }
    }
    return bookmarks;
  }

  private static List<KeepVerdict> keep(
      List<KeepVerdict> verdicts, Predicate<KeepVerdict> which, String text) {
    List<KeepVerdict> result = new ArrayList<>();
    for (KeepVerdict verdict : verdicts) {
      result.add(
          !verdict.kept() && which.test(verdict)
              ? verdict.keptBecause(new KeepReason.CommonBase(text))
              : verdict);
    }
    return result;
  }
}
