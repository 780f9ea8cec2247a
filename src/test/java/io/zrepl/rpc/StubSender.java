package io.zrepl.rpc;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;

/** A sender that gives prepared answers and remembers what it was asked. */
class StubSender implements Sender {
  final List<Object> asked = new CopyOnWriteArrayList<>();
  volatile List<FilesystemEntry> filesystems = List.of();
  volatile List<FilesystemVersion> versions = List.of();
  volatile Optional<Guid> cursor = Optional.empty();
  volatile long estimate;
  volatile Opening opening = request -> TestStream.of(new byte[0]);

  /** Makes the stream of a request. */
  interface Opening {
    SendStream open(SendRequest request) throws OperationException, InterruptedException;
  }

  @Override
  public void checkConnectivity() {}

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException {
    return filesystems;
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem) throws OperationException {
    asked.add(filesystem);
    if (versions.isEmpty()) {
      throw OperationException.permanent("no such fs: " + filesystem);
    }
    return versions;
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
    asked.add(filesystem + " " + snapshots);
    List<DestroyResult> results = new ArrayList<>();
    for (Snapshot snapshot : snapshots) {
      results.add(
          new DestroyResult(
              snapshot.name(),
              snapshot.name().startsWith("held") ? Optional.of("it is held") : Optional.empty()));
    }
    return results;
  }

  @Override
  public OptionalLong estimate(SendRequest request) {
    asked.add(request);
    return estimate == 0 ? OptionalLong.empty() : OptionalLong.of(estimate);
  }

  @Override
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    asked.add(request);
    return opening.open(request);
  }

  @Override
  public void sendCompleted(SendRequest request) {
    asked.add(request);
  }

  @Override
  public Optional<Guid> replicationCursor(DatasetPath filesystem) {
    asked.add(filesystem);
    return cursor;
  }
}
