package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.TestResumeTokens;
import io.zrepl.zfs.lock.DatasetLocks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * A sender and a receiver over one {@link FakeZfs}, and a minimal replication between them: what
 * the planner and the driver would ask for, without their cleverness.
 */
final class TestReplication {
  static final ReplicationProtection RESUMABILITY = both(ReplicationGuarantee.RESUMABILITY);
  static final ReplicationProtection INCREMENTAL = both(ReplicationGuarantee.INCREMENTAL);
  static final ReplicationProtection NOTHING = both(ReplicationGuarantee.NOTHING);

  final FakeZfs zfs;
  Map<String, Boolean> filter = Map.of("src<", true);
  SendFlags flags = SendFlags.NONE;
  PlaceholderEncryption placeholders = PlaceholderEncryption.INHERIT;
  Optional<String> client = Optional.empty();
  Optional<ReceiveOptions> options = Optional.empty();
  boolean keepsSnapshots;
  BandwidthLimiter sendLimiter = BandwidthLimiter.unlimited();
  LocalSender sender;
  LocalReceiver receiver;

  /** With the pools "src" and "dst". */
  TestReplication() {
    zfs = new FakeZfs();
    zfs.create("src");
    zfs.create("dst");
    sender = newSender("push");
    receiver = newReceiver();
  }

  static ReplicationProtection both(ReplicationGuarantee guarantee) {
    return new ReplicationProtection(guarantee, guarantee);
  }

  /** As after a restart of both daemons. */
  void restart() {
    sender = newSender("push");
    receiver = newReceiver();
  }

  LocalSender newSender(String job) {
    return newSender(job, newSends(job));
  }

  static ActiveSends newSends(String job) {
    try {
      return new ActiveSends(DatasetLocks.withinProcess(), JobId.parse(job));
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  LocalSender newSender(String job, ActiveSends activeSends) {
    try {
      return new LocalSender(
          new SenderSettings(JobId.parse(job), DatasetFilter.of(filter), flags),
          zfs,
          activeSends,
          sendLimiter,
          _ -> {},
          LoggerFactory.getLogger(LocalSender.class),
          TestReplication::decode);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  LocalReceiver newReceiver() {
    return newReceiver("dst", new ReceiveLocks());
  }

  LocalReceiver newReceiver(String root, ReceiveLocks locks) {
    try {
      Optional<ClientIdentity> identity =
          client.isEmpty() ? Optional.empty() : Optional.of(ClientIdentity.parse(client.get()));
      return new LocalReceiver(
          new ReceiverSettings(
              JobId.parse("sink"),
              DatasetPath.of(root),
              identity,
              options.orElse(ReceiveOptions.of(placeholders)),
              keepsSnapshots),
          zfs,
          locks);
    } catch (InvalidValueException | OperationException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static ResumeTokenContents decode(ResumeToken token) throws InvalidValueException {
    try {
      return TestResumeTokens.decode(token);
    } catch (IllegalArgumentException e) {
      throw new InvalidValueException(String.valueOf(e.getMessage()));
    }
  }

  /** Lists both sides and does all steps, oldest first. */
  void run(ReplicationProtection protection) throws OperationException, InterruptedException {
    List<SendRequest> steps = plan(protection);
    for (int i = 0; i < steps.size(); i++) {
      boolean nextFollows =
          i + 1 < steps.size() && steps.get(i + 1).filesystem().equals(steps.get(i).filesystem());
      step(steps.get(i), nextFollows);
    }
  }

  /** The steps from what the receiver has to the newest snapshot of every filesystem. */
  List<SendRequest> plan(ReplicationProtection protection)
      throws OperationException, InterruptedException {
    List<SendRequest> steps = new ArrayList<>();
    List<FilesystemEntry> theirs = receiver.listFilesystems();
    for (FilesystemEntry ours : listSender()) {
      if (ours.placeholder()) {
        continue;
      }
      Optional<FilesystemEntry> counterpart =
          theirs.stream().filter(entry -> entry.path().equals(ours.path())).findFirst();
      steps.addAll(plan(ours.path(), counterpart, protection));
    }
    return steps;
  }

  private List<FilesystemEntry> listSender() throws OperationException, InterruptedException {
    return sender.listFilesystems();
  }

  private List<SendRequest> plan(
      DatasetPath filesystem,
      Optional<FilesystemEntry> counterpart,
      ReplicationProtection protection)
      throws OperationException, InterruptedException {
    List<FilesystemVersion> versions = sender.listVersions(filesystem);
    List<Snapshot> snapshots =
        versions.stream().filter(Snapshot.class::isInstance).map(Snapshot.class::cast).toList();
    List<SendRequest> steps = new ArrayList<>();
    Optional<FilesystemVersion> from = Optional.empty();
    int next = Math.max(0, snapshots.size() - 1);
    Optional<ResumeToken> token = counterpart.flatMap(FilesystemEntry::resumeToken);
    if (token.isPresent()) {
      ResumeTokenContents contents = TestResumeTokens.decode(token.get());
      Optional<FilesystemVersion> to = newest(versions, List.of(contents.toGuid()));
      if (to.isPresent() && to.get() instanceof Snapshot snapshot) {
        steps.add(
            new SendRequest(
                filesystem,
                contents.fromGuid().flatMap(guid -> newest(versions, List.of(guid))),
                snapshot,
                token,
                protection));
        from = to;
        next = snapshots.indexOf(snapshot) + 1;
      }
    } else if (counterpart.isPresent() && !counterpart.get().placeholder()) {
      List<Guid> there =
          receiver.listVersions(filesystem).stream().map(FilesystemVersion::guid).toList();
      from = newest(versions, there);
      if (from.isPresent()) {
        Guid base = from.get().guid();
        next = 0;
        for (int i = 0; i < snapshots.size(); i++) {
          if (snapshots.get(i).createTxg().compareTo(from.get().createTxg()) <= 0
              || snapshots.get(i).guid().equals(base)) {
            next = i + 1;
          }
        }
      }
    }
    for (Snapshot to : snapshots.subList(next, snapshots.size())) {
      steps.add(new SendRequest(filesystem, from, to, Optional.empty(), protection));
      from = Optional.of(to);
    }
    return steps;
  }

  /** The newest version with one of the guids, a snapshot rather than a bookmark. */
  private static Optional<FilesystemVersion> newest(
      List<FilesystemVersion> versions, List<Guid> guids) {
    return versions.reversed().stream()
        .filter(version -> guids.contains(version.guid()))
        .findFirst();
  }

  /** Sends, receives, confirms. */
  void step(SendRequest request) throws OperationException, InterruptedException {
    step(request, false);
  }

  /** Sends, receives, confirms, as one of several steps. */
  void step(SendRequest request, boolean nextFollows)
      throws OperationException, InterruptedException {
    transfer(request);
    sender.sendCompleted(request, nextFollows);
  }

  /** Sends and receives. */
  void transfer(SendRequest request) throws OperationException, InterruptedException {
    try (SendStream stream = sender.send(request)) {
      receiver.receive(receiveRequest(request, stream), stream);
    }
  }

  static ReceiveRequest receiveRequest(SendRequest request, SendStream stream) {
    return new ReceiveRequest(
        request.filesystem(),
        request.to(),
        request.from().isEmpty(),
        !stream.usesResumeToken(),
        request.protection());
  }

  /** A full step to a snapshot, {@code "src/a@1"}. */
  SendRequest full(String to, ReplicationProtection protection) {
    return request(Optional.empty(), to, protection);
  }

  /** An incremental step. */
  SendRequest incremental(String from, String to, ReplicationProtection protection) {
    return request(Optional.of(zfs.version(from)), to, protection);
  }

  private SendRequest request(
      Optional<FilesystemVersion> from, String to, ReplicationProtection protection) {
    return new SendRequest(
        DatasetPath.of(to.substring(0, to.indexOf('@'))),
        from,
        (Snapshot) zfs.version(to),
        Optional.empty(),
        protection);
  }

  /** The cursor bookmark's name for a snapshot. */
  String cursor(FilesystemVersion version) {
    return cursor(CursorName.Kind.REPLICATION, version, "push");
  }

  /** The tentative cursor bookmark's name for a snapshot. */
  String tentative(FilesystemVersion version) {
    return cursor(CursorName.Kind.TENTATIVE, version, "push");
  }

  static String cursor(CursorName.Kind kind, FilesystemVersion version, String job) {
    try {
      return new CursorName(kind, version.guid(), JobId.parse(job)).text();
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
