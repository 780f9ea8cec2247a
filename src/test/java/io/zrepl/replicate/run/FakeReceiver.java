package io.zrepl.replicate.run;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A receiver on {@link FakePools}; tests override what is to go wrong. */
class FakeReceiver implements Receiver {
  final FakePools pools;
  final List<ReceiveRequest> received = new CopyOnWriteArrayList<>();

  FakeReceiver(FakePools pools) {
    this.pools = pools;
  }

  @Override
  public void checkConnectivity() {}

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    synchronized (pools) {
      return pools.list(Side.RECEIVER);
    }
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    synchronized (pools) {
      return List.copyOf(pools.get(filesystem).onReceiver);
    }
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
    throw new AssertionError("replication destroys nothing");
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    received.add(request);
    readAll(stream);
    synchronized (pools) {
      FakePools.Filesystem filesystem = pools.get(request.filesystem());
      if (request.clearPartialState()) {
        filesystem.partial = null;
      }
      filesystem.onReceiver.add(request.to());
      filesystem.exists = true;
      filesystem.partial = null;
    }
  }

  static void readAll(SendStream stream) throws OperationException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(300);
    int count;
    do {
      buffer.clear();
      count = stream.read(buffer);
    } while (count != -1);
  }
}
