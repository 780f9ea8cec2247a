package io.zrepl.endpoint.local.abstraction;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.local.CursorName;
import io.zrepl.endpoint.local.HoldTag;
import io.zrepl.model.JobId;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeZfs;

/** Makes what jobs leave on disk, in a {@link FakeZfs}. */
final class TestAbstractions {
  final FakeZfs zfs = new FakeZfs();

  static JobId job(String name) {
    try {
      return JobId.parse(name);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The text form of the hold. */
  String stepHold(String snapshot, String job) {
    return hold(HoldTag.Kind.STEP, "step-hold", snapshot, job);
  }

  /** The text form of the hold. */
  String lastReceived(String snapshot, String job) {
    return hold(HoldTag.Kind.LAST_RECEIVED, "last-received-hold", snapshot, job);
  }

  private String hold(HoldTag.Kind kind, String type, String snapshot, String job) {
    String tag = new HoldTag(kind, job(job)).text();
    zfs.placeHold(snapshot, tag);
    return "%s \"%s\" on %s".formatted(type, tag, snapshot);
  }

  /** The text form of the bookmark. */
  String cursor(String snapshot, String job) {
    return "replication-cursor-bookmark-v2 " + bookmark(snapshot, CursorName.Kind.REPLICATION, job);
  }

  /** The text form of the bookmark. */
  String tentative(String snapshot, String job) {
    return "tentative-replication-cursor-bookmark-v2 "
        + bookmark(snapshot, CursorName.Kind.TENTATIVE, job);
  }

  /** The text form of the bookmark. */
  String legacy(String snapshot) {
    zfs.makeBookmark(snapshot, CursorName.LEGACY);
    return "replication-cursor-bookmark-v1 %s#%s"
        .formatted(snapshot.substring(0, snapshot.indexOf('@')), CursorName.LEGACY);
  }

  private String bookmark(String snapshot, CursorName.Kind kind, String job) {
    Snapshot version = (Snapshot) zfs.version(snapshot);
    String name = new CursorName(kind, version.guid(), job(job)).text();
    zfs.makeBookmark(snapshot, name);
    return snapshot.substring(0, snapshot.indexOf('@')) + "#" + name;
  }
}
