package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.TestVersions;
import io.zrepl.model.VersionDiff;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.plan.ReplicationStep;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What sender and receiver have, in memory, with the rules that ZFS enforces for a receive. */
final class FakePools {
  /** One filesystem on both sides. */
  static final class Filesystem {
    final DatasetPath path;
    final List<FilesystemVersion> onSender = new ArrayList<>();
    final List<FilesystemVersion> onReceiver = new ArrayList<>();
    boolean offered = true;
    boolean senderPlaceholder;
    boolean exists;
    boolean placeholder;
    @Nullable ReplicationStep partial;

    Filesystem(DatasetPath path) {
      this.path = path;
    }

    FilesystemEntry senderEntry() {
      return new FilesystemEntry(path, senderPlaceholder, Optional.empty());
    }

    Optional<FilesystemEntry> receiverEntry() {
      return exists || partial != null
          ? Optional.of(
              new FilesystemEntry(
                  path, placeholder, Optional.ofNullable(partial).map(FakePools::token)))
          : Optional.empty();
    }

    boolean receiverHas(Snapshot snapshot) {
      return onReceiver.stream().anyMatch(v -> v.guid().equals(snapshot.guid()));
    }

    /** A receive that succeeds; refuses what ZFS would refuse. */
    void receive(ReplicationStep step) {
      List<Snapshot> snapshots = VersionDiff.snapshots(onReceiver);
      if (step.isFull() ? !snapshots.isEmpty() : snapshots.isEmpty()) {
        throw new AssertionError(
            "%s: cannot receive %s on %s".formatted(path, step.describe(), onReceiver));
      }
      if (!step.isFull() && !snapshots.getLast().guid().equals(step.from().orElseThrow().guid())) {
        throw new AssertionError(
            "%s: base of %s is not the newest of %s".formatted(path, step.describe(), onReceiver));
      }
      if (step.resumeToken().isPresent()
          && (partial == null || !step.resumeToken().get().equals(token(partial)))) {
        throw new AssertionError(path + ": nothing to resume");
      }
      onReceiver.add(step.to());
      exists = true;
      placeholder = false;
      partial = null;
    }

    /** A receive that was interrupted, leaving partial state. */
    void interrupt(ReplicationStep step) {
      partial = new ReplicationStep(step.from(), step.to(), Optional.empty());
    }
  }

  private final NavigableMap<DatasetPath, Filesystem> filesystems = new TreeMap<>();

  /** Adds a filesystem that the receiver does not have. */
  Filesystem add(String path, String onSender) {
    Filesystem filesystem = new Filesystem(DatasetPath.of(path));
    filesystem.onSender.addAll(TestVersions.versions(onSender));
    filesystems.put(filesystem.path, filesystem);
    return filesystem;
  }

  /** Adds a filesystem that the receiver has. */
  Filesystem add(String path, String onSender, String onReceiver) {
    Filesystem filesystem = add(path, onSender);
    filesystem.exists = true;
    filesystem.onReceiver.addAll(TestVersions.versions(onReceiver));
    return filesystem;
  }

  Filesystem get(DatasetPath path) {
    Filesystem filesystem = filesystems.get(path);
    if (filesystem == null) {
      throw new AssertionError("no such filesystem: " + path);
    }
    return filesystem;
  }

  Filesystem get(String path) {
    return get(DatasetPath.of(path));
  }

  Collection<Filesystem> all() {
    return filesystems.values();
  }

  List<FilesystemEntry> list(Side side) {
    return side == Side.SENDER
        ? filesystems.values().stream()
            .filter(filesystem -> filesystem.offered)
            .map(Filesystem::senderEntry)
            .toList()
        : filesystems.values().stream()
            .flatMap(filesystem -> filesystem.receiverEntry().stream())
            .toList();
  }

  /** A token as text: guid of from or 0, and guid of to. */
  static ResumeToken token(ReplicationStep step) {
    return new ResumeToken(
        "%d %d"
            .formatted(
                step.from().map(from -> from.guid().value()).orElse(0L), step.to().guid().value()));
  }

  /** The reverse of {@link #token}. */
  static PartialState decode(ResumeToken token) {
    String[] parts = token.text().split(" ", -1);
    if (parts.length != 2) {
      return new PartialState.Unusable("garbage");
    }
    long from = Long.parseLong(parts[0]);
    return new PartialState.Resumable(
        token,
        new ResumeTokenContents(
            new io.zrepl.model.Guid(Long.parseLong(parts[1])),
            from == 0 ? Optional.empty() : Optional.of(new io.zrepl.model.Guid(from)),
            "some@name",
            false,
            false,
            false,
            false,
            false,
            1));
  }
}
