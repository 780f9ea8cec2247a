package io.zrepl.replicate.run;

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
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A sender on {@link FakePools}; tests override what is to go wrong. */
class FakeSender implements Sender {
  static final int STREAM_BYTES = 1000;

  final FakePools pools;
  final List<SendRequest> sent = new CopyOnWriteArrayList<>();
  final List<SendRequest> completed = new CopyOnWriteArrayList<>();
  final List<FakeStream> streams = new CopyOnWriteArrayList<>();

  FakeSender(FakePools pools) {
    this.pools = pools;
  }

  /** A stream of some bytes; endless or broken if wanted. */
  static final class FakeStream implements SendStream {
    private final boolean resumes;
    private final @Nullable OperationException breaksWith;
    private final boolean endless;
    private int left = STREAM_BYTES;
    private final CountDownLatch aborted = new CountDownLatch(1);
    volatile boolean closed;

    FakeStream(boolean resumes, boolean endless, @Nullable OperationException breaksWith) {
      this.resumes = resumes;
      this.endless = endless;
      this.breaksWith = breaksWith;
    }

    @Override
    public boolean usesResumeToken() {
      return resumes;
    }

    @Override
    public int read(ByteBuffer buffer) throws OperationException {
      if (aborted.getCount() == 0) {
        throw OperationException.permanent("stream was aborted");
      }
      if (left == 0 && breaksWith != null) {
        throw breaksWith;
      }
      if (left == 0 && !endless) {
        return -1;
      }
      int count = endless ? buffer.remaining() : Math.min(left, buffer.remaining());
      buffer.position(buffer.position() + count);
      left = endless ? left : left - count;
      return count;
    }

    @Override
    public void abort() {
      aborted.countDown();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Override
  public void checkConnectivity() {}

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    synchronized (pools) {
      return pools.list(Side.SENDER);
    }
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    synchronized (pools) {
      return List.copyOf(pools.get(filesystem).onSender);
    }
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
    throw new AssertionError("replication destroys nothing");
  }

  @Override
  public OptionalLong estimate(SendRequest request)
      throws OperationException, InterruptedException {
    return OptionalLong.of(STREAM_BYTES);
  }

  @Override
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    sent.add(request);
    FakeStream stream = open(request);
    streams.add(stream);
    return stream;
  }

  FakeStream open(SendRequest request) throws OperationException, InterruptedException {
    return new FakeStream(request.resumeToken().isPresent(), false, null);
  }

  @Override
  public void sendCompleted(SendRequest request) throws OperationException, InterruptedException {
    completed.add(request);
  }

  @Override
  public Optional<Guid> replicationCursor(DatasetPath filesystem) {
    throw new AssertionError("replication does not ask for the cursor");
  }
}
