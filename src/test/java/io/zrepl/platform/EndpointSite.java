package io.zrepl.platform;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.SteadyClock;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.local.ActiveSends;
import io.zrepl.endpoint.local.LocalReceiver;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.ReceiverSettings;
import io.zrepl.endpoint.local.SenderSettings;
import io.zrepl.lab.Guest;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionPath;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.LoggerFactory;

/**
 * The endpoints of two jobs on the guest's ZFS, called directly. The fields may be changed before
 * endpoints are made; "src/s" and all below it goes to below "dst/r" unless they say otherwise.
 */
final class EndpointSite implements AutoCloseable {
  static final SendFlags ENCRYPTED =
      new SendFlags(true, false, false, false, false, false, false, false);
  static final SendFlags PROPERTIES =
      new SendFlags(false, false, true, false, false, false, false, false);

  private final Guest guest;
  private final ProcessCommandRunner runner;
  private final ReceiveLocks locks = new ReceiveLocks();
  private boolean hasKey;

  final Zfs zfs;
  Map<String, Boolean> filter = Map.of("src/s<", true);
  SendFlags flags = SendFlags.NONE;
  String root = "dst/r";
  Optional<String> client = Optional.empty();
  ReceiveOptions options = ReceiveOptions.of(PlaceholderEncryption.INHERIT);

  EndpointSite(Guest guest) {
    this.guest = guest;
    this.runner =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT.withPrograms(
                Map.of(
                    "zfs", guest.commands().resolve("zfs"),
                    "zpool", guest.commands().resolve("zpool"))),
            CommandObserver.NONE,
            Clock.systemUTC());
    this.zfs = new ZfsCommands(runner);
  }

  /** Kills what may still run. */
  @Override
  public void close() {
    runner.close();
  }

  // ---- datasets ----

  void createEncrypted(String filesystem) {
    if (!hasKey) {
      guest.shell("echo passphrase > /tmp/zrepl-key");
      hasKey = true;
    }
    guest.zfs(
        "create",
        "-o",
        "encryption=on",
        "-o",
        "keyformat=passphrase",
        "-o",
        "pbkdf2iters=100000",
        "-o",
        "keylocation=file:///tmp/zrepl-key",
        filesystem);
  }

  /** Random data in a new snapshot. */
  void snapshotWithData(String filesystem, String name, int kibibytes) {
    guest.writeRandom("/" + filesystem + "/data-" + name, kibibytes);
    guest.zfs("snapshot", filesystem + "@" + name);
  }

  /** A placeholder as a receiver makes it, with a child that is none. */
  void placeholderWithChild(String filesystem) {
    guest.zfs("create", "-p", "-o", "mountpoint=none", filesystem);
    guest.zfs("set", "zrepl:placeholder=on", filesystem);
    guest.zfs("create", filesystem + "/child");
    guest.zfs("snapshot", filesystem + "/child@kept");
  }

  String property(String property, String dataset) {
    return guest.zfs("get", "-Hp", "-o", "value", property, dataset).strip();
  }

  String source(String property, String dataset) {
    return guest.zfs("get", "-Hp", "-o", "source", property, dataset).strip();
  }

  boolean exists(String dataset) throws OperationException, InterruptedException {
    return !zfs.datasets(DatasetSelection.only(DatasetPath.of(dataset))).datasets().isEmpty();
  }

  /** The names of the snapshots of one filesystem, oldest first. */
  List<String> snapshots(String filesystem) {
    return guest
        .zfsLines(
            "list", "-H", "-o", "name", "-t", "snapshot", "-s", "createtxg", "-d", "1", filesystem)
        .stream()
        .map(name -> name.substring(name.indexOf('@') + 1))
        .toList();
  }

  ResumeToken token(String filesystem) {
    return new ResumeToken(property("receive_resume_token", filesystem));
  }

  boolean hasPartialState(String filesystem) {
    return !token(filesystem).text().equals("-");
  }

  // ---- endpoints ----

  LocalSender newSender() {
    try {
      return new LocalSender(
          new SenderSettings(JobId.parse("sender-job"), DatasetFilter.of(filter), flags),
          zfs,
          new ActiveSends(DatasetLocks.withinProcess(), JobId.parse("sender-job")));
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  LocalReceiver newReceiver() {
    try {
      Optional<ClientIdentity> identity =
          client.isEmpty() ? Optional.empty() : Optional.of(ClientIdentity.parse(client.get()));
      return new LocalReceiver(
          new ReceiverSettings(
              JobId.parse("receiver-job"), DatasetPath.of(root), identity, options),
          zfs,
          locks);
    } catch (InvalidValueException | OperationException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** One attempt of everything. */
  AttemptReport run() throws InterruptedException {
    return run(1);
  }

  /** One run with so many tries for what fails temporarily. */
  AttemptReport run(int tries) throws InterruptedException {
    Replication replication =
        new Replication(
            ReplicationSettings.DEFAULT,
            newSender(),
            newReceiver(),
            new SteadyClock(Clock.systemUTC()),
            RandomGenerator.getDefault(),
            ReplicationObserver.NONE,
            RunLimits.DEFAULT.withRetries(
                new RetryPolicy(tries, Duration.ofMillis(1), Duration.ofMillis(1))),
            LoggerFactory.getLogger(EndpointSite.class));
    replication.run();
    return replication.report().attempts().getLast();
  }

  FilesystemVersion version(String name) throws OperationException, InterruptedException {
    try {
      VersionPath path = VersionPath.parse(name);
      return Objects.requireNonNull(zfs.lookup(List.of(path)).get(path), name);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  SendRequest full(String to) throws OperationException, InterruptedException {
    return request(Optional.empty(), to, Optional.empty());
  }

  SendRequest request(Optional<String> from, String to, Optional<ResumeToken> token)
      throws OperationException, InterruptedException {
    Optional<FilesystemVersion> base =
        from.isEmpty() ? Optional.empty() : Optional.of(version(from.get()));
    return new SendRequest(
        DatasetPath.of(to.substring(0, to.indexOf('@'))),
        base,
        (Snapshot) version(to),
        token,
        ReplicationProtection.DEFAULT);
  }

  /** Sends and receives; does not tell the sender. */
  void transfer(SendRequest request) throws OperationException, InterruptedException {
    transfer(request, Long.MAX_VALUE);
  }

  /** The same with a stream that breaks after so many bytes. */
  void transfer(SendRequest request, long bytes) throws OperationException, InterruptedException {
    try (SendStream stream = new CutStream(newSender().send(request), bytes)) {
      newReceiver()
          .receive(
              new ReceiveRequest(
                  request.filesystem(),
                  request.to(),
                  request.from().isEmpty(),
                  !stream.usesResumeToken(),
                  request.protection()),
              stream);
    }
  }
}
