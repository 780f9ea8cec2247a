package io.zrepl.rpc;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A receiver that keeps what arrives in memory. */
class StubReceiver implements Receiver {
  final List<ReceiveRequest> asked = new CopyOnWriteArrayList<>();
  final List<byte[]> received = new CopyOnWriteArrayList<>();
  final List<OperationException> broken = new CopyOnWriteArrayList<>();
  volatile Before before = () -> {};

  /** What it does before it reads. */
  interface Before {
    void run() throws OperationException, InterruptedException;
  }

  @Override
  public void checkConnectivity() {}

  @Override
  public List<FilesystemEntry> listFilesystems() {
    return List.of();
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem) {
    return List.of();
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
    return List.of();
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    asked.add(request);
    before.run();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocateDirect(100_000);
    try {
      while (stream.read(buffer.clear()) >= 0) {
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        content.writeBytes(bytes);
      }
    } catch (OperationException e) {
      broken.add(e);
      throw e;
    }
    received.add(content.toByteArray());
  }
}
