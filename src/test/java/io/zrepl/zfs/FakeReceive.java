package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.PropertyName;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.zfs.FakeDataset.FakeSnapshot;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * One {@code zfs receive} of {@link FakeZfs}, with the rules of the real one about what may be
 * received where. The stream is read without the fake's lock, since it may come from a send of the
 * same fake.
 */
final class FakeReceive {
  private final FakeZfs zfs;
  private final ReceiveArguments arguments;
  private final StreamSource source;
  private final DatasetPath path;

  FakeReceive(FakeZfs zfs, ReceiveArguments arguments, StreamSource source) {
    this.zfs = zfs;
    this.arguments = arguments;
    this.source = source;
    this.path = arguments.target().filesystem();
  }

  void run() throws OperationException, InterruptedException {
    FakeStreamHeader header = readHeader();
    synchronized (zfs) {
      begin(header);
    }
    long received = 0;
    boolean complete = false;
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
      for (int count = source.read(buffer); count >= 0; count = source.read(buffer)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        received += count;
        if (received > zfs.room().orElse(Long.MAX_VALUE)) {
          received = zfs.room().getAsLong();
          source.abort();
          throw FakeZfs.failure("cannot receive: out of space on %s".formatted(path));
        }
        buffer.clear();
      }
      complete = header.offset() + received == header.size();
      if (!complete) {
        throw FakeZfs.failure("cannot receive: incomplete stream");
      }
    } finally {
      synchronized (zfs) {
        end(header, received, complete);
      }
    }
  }

  private FakeStreamHeader readHeader() throws OperationException {
    byte[] header = read(new byte[0], FakeStreamHeader.LENGTH);
    if (FakeStreamHeader.isWrapped(header)) {
      header = read(header, FakeStreamHeader.WRAPPING);
    }
    Optional<FakeStreamHeader> decoded = FakeStreamHeader.decode(header);
    if (decoded.isEmpty()) {
      throw refused("cannot receive: invalid stream (bad magic number)");
    }
    return decoded.get();
  }

  private byte[] read(byte[] before, int length) throws OperationException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(length);
    while (bytes.hasRemaining()) {
      if (source.read(bytes) < 0) {
        throw FakeZfs.failure("cannot receive: failed to read from stream");
      }
    }
    byte[] all = Arrays.copyOf(before, before.length + length);
    bytes.flip().get(all, before.length, length);
    return all;
  }

  private ZfsException refused(String message) {
    source.abort();
    return FakeZfs.failure(message);
  }

  private void begin(FakeStreamHeader header) throws ZfsException {
    Optional<FakeDataset> existing = zfs.dataset(path);
    if (existing.isPresent() && existing.get().receiving) {
      throw refused("cannot receive: dataset '%s' is busy".formatted(path));
    }
    if (arguments.savePartialState() && !zfs.isResumable(path)) {
      source.abort();
      throw new ZfsException(
          ZfsProblem.POOL_LACKS_FEATURE,
          "cannot receive new filesystem stream: pool must be upgraded to receive this stream.",
          null);
    }
    boolean full = header.fromGuid().isEmpty();
    if (header.resumed()) {
      requireResumable(existing, header, full);
    } else if (existing.isPresent() && existing.get().partial.isPresent()) {
      throw refused(
          "cannot receive: destination %s contains partially-complete state from \"zfs receive -s\""
              .formatted(path));
    } else if (full) {
      requireRoomForFull(existing, header);
    } else {
      requireBase(existing, header);
    }
    FakeDataset target = existing.isPresent() ? existing.get() : zfs.createInconsistent(path);
    if (existing.isEmpty()) {
      // The encryption of the sender's filesystem is one of the properties, if none is told.
      boolean bringsItsOwn =
          header.properties()
              && !arguments.inherit().contains(PropertyName.of("encryption"))
              && !arguments.override().containsKey(PropertyName.of("encryption"));
      target.encrypted = header.encrypted() || (target.encrypted && !bringsItsOwn);
    }
    target.receiving = true;
  }

  private void requireResumable(
      Optional<FakeDataset> existing, FakeStreamHeader header, boolean full) throws ZfsException {
    boolean matches =
        existing
            .flatMap(dataset -> dataset.partial)
            .filter(partial -> partial.toGuid().equals(header.toGuid()))
            .filter(partial -> partial.bytes() == header.offset())
            .isPresent();
    if (!matches) {
      throw refused("cannot receive resume stream: %s has no such state".formatted(path));
    }
    if (full && !existing.get().inconsistent && !arguments.force()) {
      throw refused(
          "cannot receive resume stream: destination '%s' exists\nmust specify -F to overwrite it"
              .formatted(path));
    }
  }

  private void requireRoomForFull(Optional<FakeDataset> existing, FakeStreamHeader header)
      throws ZfsException {
    if (existing.isEmpty()) {
      boolean hasParent = path.parent().flatMap(zfs::dataset).isPresent();
      if (!hasParent) {
        throw refused(
            """
            cannot open '%s': dataset does not exist
            cannot receive new filesystem stream: unable to restore to destination\
            """
                .formatted(path.parent().map(DatasetPath::toString).orElse("")));
      }
      return;
    }
    FakeDataset dataset = existing.get();
    if (!arguments.force()) {
      throw refused(
          "cannot receive new filesystem stream: destination '%s' exists\nmust specify -F to overwrite it"
              .formatted(path));
    }
    if (!dataset.snapshots.isEmpty()) {
      throw refused(
          "cannot receive new filesystem stream: destination has snapshots (eg. %s@%s)\nmust destroy them to overwrite it"
              .formatted(path, dataset.inOrder().getFirst().name));
    }
    if (dataset.encrypted || header.encrypted()) {
      throw refused(
          "cannot receive new filesystem stream: zfs receive -F cannot be used to destroy an encrypted filesystem or overwrite an unencrypted one with an encrypted one");
    }
  }

  private void requireBase(Optional<FakeDataset> existing, FakeStreamHeader header)
      throws ZfsException {
    if (existing.isEmpty()) {
      throw refused(
          "cannot receive incremental stream: destination '%s' does not exist".formatted(path));
    }
    FakeDataset dataset = existing.get();
    Guid from = header.fromGuid().orElseThrow();
    Optional<FakeSnapshot> base = dataset.byGuid(from);
    if (base.isEmpty()) {
      throw refused(
          "cannot receive incremental stream: most recent snapshot of %s does not\nmatch incremental source"
              .formatted(path));
    }
    if (dataset.snapshots.containsKey(arguments.target().name())) {
      throw refused(
          "cannot receive incremental stream: destination %s already exists"
              .formatted(arguments.target()));
    }
    if (header.encrypted() && !dataset.encrypted) {
      throw refused("cannot perform raw receive on top of existing unencrypted dataset");
    }
    boolean changed = dataset.modified || !dataset.newest().equals(base);
    if (changed && !arguments.force()) {
      throw refused(
          "cannot receive incremental stream: destination %s has been modified\nsince most recent snapshot"
              .formatted(path));
    }
    if (changed) {
      zfs.rollBack(dataset, base.get());
    }
  }

  private void end(FakeStreamHeader header, long received, boolean complete) {
    Optional<FakeDataset> existing = zfs.dataset(path);
    if (existing.isEmpty()) {
      return; // its pool was exported meanwhile
    }
    FakeDataset target = existing.get();
    target.receiving = false;
    if (complete) {
      if (header.fromGuid().isEmpty()) {
        target.bookmarks.clear();
        target.encrypted |= header.encrypted();
      }
      target.partial = Optional.empty();
      target.inconsistent = false;
      target.modified = false;
      // set by ZFS in the same operation; a receive that fails leaves it as it was
      Optional.ofNullable(arguments.override().get(PropertyName.of(Placeholder.PROPERTY)))
          .ifPresent(value -> target.placeholder = Optional.of(value));
      String name = arguments.target().name();
      Guid guid = zfs.receivedGuid(header.toGuid());
      target.snapshots.put(
          name, new FakeSnapshot(name, guid, zfs.nextTxg(path), header.creation()));
    } else if (arguments.savePartialState()) {
      target.partial =
          Optional.of(
              new ResumeTokenContents(
                  header.toGuid(),
                  header.fromGuid(),
                  header.toName(),
                  header.encrypted(),
                  false,
                  false,
                  false,
                  false,
                  header.offset() + received));
    } else if (target.inconsistent) {
      zfs.remove(path);
    }
  }
}
