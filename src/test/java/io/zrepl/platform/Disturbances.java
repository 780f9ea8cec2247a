package io.zrepl.platform;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ForwardingSendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/** What goes wrong between the endpoints, as tests want it. */
final class Disturbances {
  static final String MARKER = "this test makes it fail";

  private Disturbances() {}

  /** Every stream breaks after so many bytes. */
  static UnaryOperator<Sender> cutAfter(long bytes) {
    return sender ->
        new ForwardingSender(sender) {
          @Override
          public SendStream send(SendRequest request)
              throws OperationException, InterruptedException {
            return new CutStream(
                super.send(request), bytes, OperationException.permanent(CutStream.MESSAGE));
          }
        };
  }

  /** Confirmations never arrive. */
  static Sender losingConfirmations(Sender sender) {
    return new ForwardingSender(sender) {
      @Override
      public void sendCompleted(SendRequest request) throws OperationException {
        throw OperationException.permanent(MARKER);
      }

      @Override
      public void sendCompleted(SendRequest request, boolean nextFollows)
          throws OperationException {
        sendCompleted(request);
      }
    };
  }

  /** Streams have no end, and are nothing that ZFS understands. */
  static Sender endless(Sender sender) {
    return new ForwardingSender(sender) {
      @Override
      public SendStream send(SendRequest request) throws OperationException, InterruptedException {
        return new EndlessStream(super.send(request));
      }
    };
  }

  /** Something happens before a step is sent. */
  static UnaryOperator<Sender> beforeSending(Runnable event) {
    return sender ->
        new ForwardingSender(sender) {
          @Override
          public SendStream send(SendRequest request)
              throws OperationException, InterruptedException {
            event.run();
            return super.send(request);
          }
        };
  }

  /** Something happens, once, after so many bytes of the first stream. */
  static UnaryOperator<Sender> amidTheStream(long bytes, Runnable event) {
    AtomicBoolean happened = new AtomicBoolean();
    return sender ->
        new ForwardingSender(sender) {
          @Override
          public SendStream send(SendRequest request)
              throws OperationException, InterruptedException {
            return new ForwardingSendStream(super.send(request)) {
              private long passed;

              @Override
              public int read(ByteBuffer buffer) throws OperationException {
                if (passed >= bytes && happened.compareAndSet(false, true)) {
                  event.run();
                }
                int count = super.read(buffer);
                passed += count;
                return count;
              }
            };
          }
        };
  }

  /** Receives fail without a look at the stream. */
  static Receiver failing(Receiver receiver) {
    return new ForwardingReceiver(receiver) {
      @Override
      public void receive(ReceiveRequest request, SendStream stream) throws OperationException {
        throw OperationException.permanent(MARKER);
      }
    };
  }

  private static final class EndlessStream extends ForwardingSendStream {
    private volatile boolean aborted;

    EndlessStream(SendStream stream) {
      super(stream);
    }

    @Override
    public int read(ByteBuffer buffer) throws OperationException {
      if (aborted) {
        throw OperationException.permanent("aborted");
      }
      int count = buffer.remaining();
      buffer.position(buffer.limit());
      return count;
    }

    @Override
    public void abort() {
      aborted = true;
      super.abort();
    }
  }

  private static class ForwardingSender implements Sender {
    private final Sender sender;

    ForwardingSender(Sender sender) {
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
    public List<FilesystemVersion> listVersions(DatasetPath filesystem)
        throws OperationException, InterruptedException {
      return sender.listVersions(filesystem);
    }

    @Override
    public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
        throws OperationException, InterruptedException {
      return sender.destroySnapshots(filesystem, snapshots);
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
    public void sendCompleted(SendRequest request, boolean nextFollows)
        throws OperationException, InterruptedException {
      sender.sendCompleted(request, nextFollows);
    }

    @Override
    public Optional<Guid> replicationCursor(DatasetPath filesystem)
        throws OperationException, InterruptedException {
      return sender.replicationCursor(filesystem);
    }
  }

  private static class ForwardingReceiver implements Receiver {
    private final Receiver receiver;

    ForwardingReceiver(Receiver receiver) {
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
    public List<FilesystemVersion> listVersions(DatasetPath filesystem)
        throws OperationException, InterruptedException {
      return receiver.listVersions(filesystem);
    }

    @Override
    public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
        throws OperationException, InterruptedException {
      return receiver.destroySnapshots(filesystem, snapshots);
    }

    @Override
    public void receive(ReceiveRequest request, SendStream stream)
        throws OperationException, InterruptedException {
      receiver.receive(request, stream);
    }
  }
}
