package io.zrepl.job;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A receiver that is connected by the first call that needs it, so that a peer that cannot be
 * reached fails the replication with its reason, and leaves the pruning of the sender alone. A
 * failed attempt to connect is repeated by the next call.
 */
final class ConnectingReceiver implements Receiver {

  /** Makes the connection. */
  @FunctionalInterface
  interface Connector {
    Receiver connect() throws OperationException, InterruptedException;
  }

  private final Connector connector;
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private @Nullable Receiver connected;

  ConnectingReceiver(Connector connector) {
    this.connector = connector;
  }

  private Receiver receiver() throws OperationException, InterruptedException {
    lock.lockInterruptibly();
    try {
      Receiver receiver = connected;
      if (receiver == null) {
        receiver = connector.connect();
        connected = receiver;
      }
      return receiver;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void checkConnectivity() throws OperationException, InterruptedException {
    receiver().checkConnectivity();
  }

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    return receiver().listFilesystems();
  }

  @Override
  public List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return receiver().currentFilesystems();
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return receiver().listVersions(filesystem);
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    receiver().receive(request, stream);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    return receiver().destroySnapshots(filesystem, snapshots);
  }
}
