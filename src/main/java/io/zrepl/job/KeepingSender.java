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

/** A sender whose clients may not destroy snapshots ({@code serve.forbid_destroy}). */
final class KeepingSender implements Sender {
  private final Sender sender;

  KeepingSender(Sender sender) {
    this.sender = sender;
  }

  @Override
  public void checkConnectivity() throws OperationException, InterruptedException {
    sender.checkConnectivity();
  }

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    return sender.listFilesystems();
  }

  @Override
  public List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return sender.currentFilesystems();
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return sender.listVersions(filesystem);
  }

  @Override
  public OptionalLong estimate(SendRequest request)
      throws OperationException, InterruptedException {
    return sender.estimate(request);
  }

  @Override
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    return sender.send(request);
  }

  @Override
  public void sendCompleted(SendRequest request) throws OperationException, InterruptedException {
    sender.sendCompleted(request);
  }

  @Override
  public Optional<Guid> replicationCursor(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return sender.replicationCursor(filesystem);
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return sender.decode(token);
  }

  @Override
  public void sendCompleted(SendRequest request, boolean nextFollows)
      throws OperationException, InterruptedException {
    sender.sendCompleted(request, nextFollows);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
    return ForbiddenDestroy.results(snapshots);
  }
}
