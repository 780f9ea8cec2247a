package io.zrepl.platform;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.CursorName;
import io.zrepl.endpoint.local.HoldTag;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.lab.Guest;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionDiff;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A sender and a receiver in this process over the guest's ZFS, and a minimal replication of one
 * filesystem between them, which can be disturbed.
 */
final class AbstractionSite implements AutoCloseable {
  static final String SENDER = "sender-job";
  static final String RECEIVER = "receiver-job";

  /** A name with a blank, on purpose. */
  static final String SOURCE = "src/data set";

  static final String TARGET = "dst/src/data set";

  final Zfs zfs;
  private final Guest guest;
  private final ProcessCommandRunner commands;
  private LocalSender sender;
  private LocalReceiver receiver;

  /** How many bytes of each stream get through. */
  private long cutAfter = Long.MAX_VALUE;

  private boolean loseConfirmations;

  AbstractionSite(Guest guest) {
    this.guest = guest;
    commands =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT.withPrograms(
                Map.of(
                    "zfs", guest.commands().resolve("zfs"),
                    "zpool", guest.commands().resolve("zpool"))),
            CommandObserver.NONE,
            InstantSource.system());
    zfs = new ZfsCommands(commands);
    sender = newSender();
    receiver = newReceiver();
  }

  /** As after a restart of both daemons. */
  void restart() {
    sender = newSender();
    receiver = newReceiver();
  }

  private LocalSender newSender() {
    try {
      return new LocalSender(
          new SenderSettings(job(SENDER), DatasetFilter.of(Map.of(SOURCE, true)), SendFlags.NONE),
          zfs,
          new ActiveSends(DatasetLocks.withinProcess(), job(SENDER)));
    } catch (InvalidValueException e) {
      throw new AssertionError(e);
    }
  }

  private LocalReceiver newReceiver() {
    try {
      return new LocalReceiver(
          new ReceiverSettings(
              job(RECEIVER),
              DatasetPath.of("dst"),
              Optional.empty(),
              PlaceholderEncryption.INHERIT),
          zfs,
          new ReceiveLocks());
    } catch (OperationException e) {
      throw new AssertionError(e);
    }
  }

  static JobId job(String name) {
    try {
      return JobId.parse(name);
    } catch (InvalidValueException e) {
      throw new AssertionError(e);
    }
  }

  static ReplicationProtection both(ReplicationGuarantee guarantee) {
    return new ReplicationProtection(guarantee, guarantee);
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
   * Replicates what the receiver lacks; the first time only the newest snapshot.
   *
   * @return the steps that were done
   * @throws OperationException if one failed
   */
  List<SendRequest> run(ReplicationGuarantee guarantee)
      throws OperationException, InterruptedException {
    List<SendRequest> steps = plan(both(guarantee));
    for (SendRequest step : steps) {
      try (SendStream stream = cut(sender.send(step))) {
        receiver.receive(
            new ReceiveRequest(
                step.filesystem(),
                step.to(),
                step.from().isEmpty(),
                !stream.usesResumeToken(),
                step.protection()),
            stream);
      }
      if (!loseConfirmations) {
        sender.sendCompleted(step);
      }
    }
    return steps;
  }

  private List<SendRequest> plan(ReplicationProtection protection)
      throws OperationException, InterruptedException {
    List<FilesystemEntry> ours = sender.listFilesystems();
    DatasetPath filesystem = ours.getFirst().path();
    List<FilesystemVersion> versions = sender.listVersions(filesystem);
    Optional<FilesystemEntry> theirs =
        receiver.listFilesystems().stream()
            .filter(entry -> entry.path().equals(filesystem))
            .findFirst();
    Optional<ResumeToken> token = theirs.flatMap(FilesystemEntry::resumeToken);
    if (token.isPresent()) {
      return List.of(resumed(filesystem, versions, token.get(), protection));
    }
    List<FilesystemVersion> there =
        theirs.isEmpty() ? List.of() : receiver.listVersions(filesystem);
    List<SendRequest> steps = new ArrayList<>();
    switch (VersionDiff.of(versions, there)) {
      case VersionDiff.IncrementalPath(FilesystemVersion base, List<Snapshot> snapshots) -> {
        Optional<FilesystemVersion> from = Optional.of(base);
        for (Snapshot to : snapshots) {
          steps.add(new SendRequest(filesystem, from, to, Optional.empty(), protection));
          from = Optional.of(to);
        }
      }
      case VersionDiff.NoCommonAncestor none when there.isEmpty() -> {
        Snapshot newest = VersionDiff.snapshots(versions).getLast();
        steps.add(
            new SendRequest(filesystem, Optional.empty(), newest, Optional.empty(), protection));
      }
      default -> {}
    }
    return steps;
  }

  private static SendRequest resumed(
      DatasetPath filesystem,
      List<FilesystemVersion> versions,
      ResumeToken token,
      ReplicationProtection protection) {
    try {
      ResumeTokenContents contents = ResumeTokenContents.decode(token);
      Snapshot to =
          VersionDiff.snapshots(versions).stream()
              .filter(snapshot -> snapshot.guid().equals(contents.toGuid()))
              .findFirst()
              .orElseThrow();
      Optional<FilesystemVersion> from =
          contents
              .fromGuid()
              .flatMap(guid ->
                  VersionDiff.oldestFirst(versions).reversed().stream()
                      .filter(version -> version.guid().equals(guid))
                      .findFirst());
      return new SendRequest(filesystem, from, to, Optional.of(token), protection);
    } catch (InvalidValueException e) {
      throw new AssertionError(e);
    }
  }

  private SendStream cut(SendStream stream) {
    long limit = cutAfter;
    return new SendStream() {
      private long passed;

      @Override
      public boolean usesResumeToken() {
        return stream.usesResumeToken();
      }

      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        if (passed >= limit) {
          throw new OperationException(FailureScope.PEER, true, "stream cut by test", null, null);
        }
        if (buffer.remaining() > limit - passed) {
          buffer.limit(buffer.position() + (int) (limit - passed));
        }
        int count = stream.read(buffer);
        passed += Math.max(0, count);
        return count;
      }

      @Override
      public void abort() {
        stream.abort();
      }

      @Override
      public void close() {
        stream.close();
      }
    };
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

  @Override
  public void close() {
    commands.close();
  }
}
