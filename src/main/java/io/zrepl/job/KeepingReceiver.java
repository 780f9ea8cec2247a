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

/** A receiver whose clients may not destroy snapshots ({@code serve.forbid_destroy}). */
final class KeepingReceiver implements Receiver {
  private final Receiver receiver;

  KeepingReceiver(Receiver receiver) {
    this.receiver = receiver;
  }

  @Override
  public void checkConnectivity() throws OperationException, InterruptedException {
    receiver.checkConnectivity();
  }

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    return receiver.listFilesystems();
  }

  @Override
  public List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return receiver.currentFilesystems();
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return receiver.listVersions(filesystem);
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    receiver.receive(request, stream);
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return receiver.decode(token);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
    return ForbiddenDestroy.results(snapshots);
  }

  @Override
  public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
      throws OperationException, InterruptedException {
    return receiver.sizes(filesystems);
  }
}
