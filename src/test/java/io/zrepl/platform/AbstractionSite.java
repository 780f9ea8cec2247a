package io.zrepl.platform;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.CursorName;
import io.zrepl.endpoint.local.HoldTag;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.lab.Guest;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.DatasetSelection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Replications of one filesystem whose endpoints live on between runs, and what they leave. */
final class AbstractionSite extends LabReplication {
  static final String SENDER = "sender-job";
  static final String RECEIVER = "receiver-job";

  /** A name with a blank, on purpose. */
  static final String SOURCE = "src/data set";

  static final String TARGET = "dst/src/data set";

  private final Guest guest;
  private LocalSender sender;
  private LocalReceiver receiver;

  /** How many bytes of each stream get through. */
  private long cutAfter = Long.MAX_VALUE;

  private boolean loseConfirmations;

  AbstractionSite(Guest guest) {
    super(guest);
    this.guest = guest;
    filter = Map.of(SOURCE, true);
    root = "dst";
    sender = newSender();
    receiver = newReceiver();
  }

  /** As after a restart of both daemons. */
  void restart() {
    sender = newSender();
    receiver = newReceiver();
  }

  LocalSender sender() {
    return sender;
  }

  void cutStreamsAfter(long bytes) {
    cutAfter = bytes;
  }

  void loseConfirmations(boolean lose) {
    loseConfirmations = lose;
  }

  /**
   * One run between the same endpoints as before.
   *
   * @throws OperationException if something failed, unless confirmations are to be lost
   */
  RunResult run(ReplicationGuarantee guarantee) throws OperationException, InterruptedException {
    protection = both(guarantee);
    Sender disturbed = Disturbances.cutAfter(cutAfter).apply(sender);
    RunResult result =
        run(loseConfirmations ? Disturbances.losingConfirmations(disturbed) : disturbed, receiver);
    if (!loseConfirmations && !result.errors().isEmpty()) {
      throw OperationException.permanent(result.errors());
    }
    return result;
  }

  void snapshot(String... names) {
    for (String name : names) {
      guest.zfs("snapshot", SOURCE + "@" + name);
    }
  }

  void destroy(String... names) {
    for (String name : names) {
      guest.zfs("destroy", name);
    }
  }

  /** Snapshots and bookmarks of a dataset, with their delimiters. */
  Set<String> versions(String dataset) throws OperationException, InterruptedException {
    DatasetPath path = DatasetPath.of(dataset);
    Set<String> names = new TreeSet<>();
    zfs.versions(DatasetSelection.only(path))
        .getOrDefault(path, List.of())
        .forEach(version -> names.add(version.relativeName()));
    return names;
  }

  Set<String> bookmarks(String dataset) throws OperationException, InterruptedException {
    Set<String> names = versions(dataset);
    names.removeIf(name -> !name.startsWith("#"));
    return names;
  }

  /** Each hold of a dataset's snapshots, as "tag on name". */
  Set<String> holds(String dataset) throws OperationException, InterruptedException {
    List<SnapshotPath> snapshots = new ArrayList<>();
    for (String name : versions(dataset)) {
      if (name.startsWith("@")) {
        snapshots.add((SnapshotPath) path(dataset + name));
      }
    }
    Set<String> holds = new TreeSet<>();
    if (!snapshots.isEmpty()) {
      zfs.holds(snapshots).forEach(hold -> holds.add(hold.tag() + " on " + hold.snapshot().name()));
    }
    return holds;
  }

  static VersionPath path(String name) {
    try {
      return VersionPath.parse(name);
    } catch (InvalidValueException e) {
      throw new AssertionError(e);
    }
  }

  FilesystemVersion version(String name) throws OperationException, InterruptedException {
    FilesystemVersion found = zfs.lookup(List.of(path(name))).get(path(name));
    if (found == null) {
      throw new AssertionError(name + " does not exist");
    }
    return found;
  }

  boolean exists(String... names) throws OperationException, InterruptedException {
    List<VersionPath> paths = Arrays.stream(names).map(AbstractionSite::path).toList();
    return zfs.lookup(paths).keySet().containsAll(paths);
  }

  /** Name of the cursor of a snapshot, with "#". */
  String cursor(FilesystemVersion of, String job) {
    return "#" + new CursorName(CursorName.Kind.REPLICATION, of.guid(), job(job)).text();
  }

  String tentative(FilesystemVersion of, String job) {
    return "#" + new CursorName(CursorName.Kind.TENTATIVE, of.guid(), job(job)).text();
  }

  static String stepTag(String job) {
    return new HoldTag(HoldTag.Kind.STEP, job(job)).text();
  }

  static String receivedTag(String job) {
    return new HoldTag(HoldTag.Kind.LAST_RECEIVED, job(job)).text();
  }

  /** Makes by hand what jobs make; idempotent. */
  void bookmark(FilesystemVersion source, String name)
      throws OperationException, InterruptedException {
    zfs.bookmark(
        path(SOURCE + source.relativeName()), source.guid(), (BookmarkPath) path(SOURCE + name));
  }
}
