package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a bookmark with which a job remembers a snapshot on the sender; part of the format on
 * disk, so that its text never changes. The guid in the name makes creating and deleting idempotent
 * in any order.
 *
 * @param kind what it is for
 * @param guid that of the bookmark itself; a bookmark of another guid is not ours
 * @param job whose it is
 */
public record CursorName(Kind kind, Guid guid, JobId job) {
  /** The cursor of very old versions: without job, only recognised, never made. */
  public static final String LEGACY = "zrepl_replication_cursor";

  private static final Pattern FORM =
      Pattern.compile("(zrepl_CURSOR|zrepl_CURSORTENTATIVE_)_G_([0-9a-f]{16})_J_(.+)");

  /** What a cursor is for. */
  public enum Kind {
    /** The newest snapshot that the receiver has confirmed. */
    REPLICATION("zrepl_CURSOR"),
    /** From and to of a step of guarantee "incremental". Its name has two underscores before G. */
    TENTATIVE("zrepl_CURSORTENTATIVE_");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /** The name without filesystem and "#". */
  public String text() {
    return kind.prefix + "_G_" + guid.hex() + "_J_" + job;
  }

  /**
   * Recognises a name.
   *
   * @return empty if it is no cursor, or the job in it is no valid job name
   */
  public static Optional<CursorName> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Kind kind =
        matcher.group(1).equals(Kind.REPLICATION.prefix) ? Kind.REPLICATION : Kind.TENTATIVE;
    try {
      Guid guid = new Guid(Long.parseUnsignedLong(matcher.group(2), 16));
      return Optional.of(new CursorName(kind, guid, JobId.parse(matcher.group(3))));
    } catch (InvalidValueException e) {
      return Optional.empty(); // a user's own bookmark that only looks like ours
    }
  }

  /**
   * Recognises a bookmark.
   *
   * @return empty as for {@link #parse}, and if the guid in the name is not that of the bookmark
   */
  public static Optional<CursorName> of(Bookmark bookmark) {
    return parse(bookmark.name()).filter(name -> name.guid.equals(bookmark.guid()));
  }

  /**
   * The bookmark of that name in a filesystem.
   *
   * @throws OperationException if the full name is longer than ZFS allows
   */
  public BookmarkPath in(DatasetPath filesystem) throws OperationException {
    try {
      return BookmarkPath.of(filesystem, text());
    } catch (InvalidValueException e) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          false,
          "job \"%s\" cannot keep a replication cursor of %s: %s"
              .formatted(job, filesystem, e.getMessage()),
          "use a shorter job name or a shorter dataset path",
          e);
    }
  }
}
