package io.zrepl.platform;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.lab.Guest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.SendFlags;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A replication whose endpoints are also called directly, with encrypted datasets. */
final class EndpointSite extends LabReplication {
  static final SendFlags ENCRYPTED =
      new SendFlags(true, false, false, false, false, false, false, false);
  static final SendFlags PROPERTIES =
      new SendFlags(false, false, true, false, false, false, false, false);

  private final Guest guest;
  private boolean hasKey;

  EndpointSite(Guest guest) {
    super(guest);
    this.guest = guest;
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

  // ---- single steps ----

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
    try (SendStream stream = CutStream.byThePeer(newSender().send(request), bytes)) {
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
