package io.zrepl.job;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import java.util.List;
import java.util.Map;

/** A receiver that is connected by the first call that needs it. */
final class ConnectingReceiver implements Receiver {
  private final LazyConnection<Receiver> connection;

  ConnectingReceiver(LazyConnection.Connector<Receiver> connector) {
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
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    connection.get().receive(request, stream);
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return connection.get().decode(token);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    return connection.get().destroySnapshots(filesystem, snapshots);
  }

  @Override
  public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
      throws OperationException, InterruptedException {
    return connection.get().sizes(filesystems);
  }
}
