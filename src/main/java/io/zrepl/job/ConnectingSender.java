package io.zrepl.job;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A sender that is connected by the first call that needs it. */
final class ConnectingSender implements Sender {
  private final LazyConnection<Sender> connection;

  ConnectingSender(LazyConnection.Connector<Sender> connector) {
    this.connection = new LazyConnection<>(connector);
  }

  @Override
  public void checkConnectivity() throws OperationException, InterruptedException {
    connection.get().checkConnectivity();
  }

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    return connection.get().listFilesystems();
  }

  @Override
  public List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return connection.get().currentFilesystems();
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return connection.get().listVersions(filesystem);
  }

  @Override
  public OptionalLong estimate(SendRequest request)
      throws OperationException, InterruptedException {
    return connection.get().estimate(request);
  }

  @Override
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    return connection.get().send(request);
  }

  @Override
  public void sendCompleted(SendRequest request) throws OperationException, InterruptedException {
    connection.get().sendCompleted(request);
  }

  @Override
  public Optional<Guid> replicationCursor(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return connection.get().replicationCursor(filesystem);
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return connection.get().decode(token);
  }

  @Override
  public void sendCompleted(SendRequest request, boolean nextFollows)
      throws OperationException, InterruptedException {
    connection.get().sendCompleted(request, nextFollows);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    return connection.get().destroySnapshots(filesystem, snapshots);
  }
}
