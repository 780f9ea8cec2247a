package io.zrepl.rpc.control;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.Banner;
import io.zrepl.rpc.Dialer;
import io.zrepl.rpc.Plane;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.RemoteFailure;
import io.zrepl.rpc.frame.PeerText;
import io.zrepl.rpc.message.CursorMessage;
import io.zrepl.rpc.message.DestroyMessages;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.rpc.message.ListMessages;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.SendMessages;
import io.zrepl.rpc.message.SizeMessages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the control plane. Connects with the first call, and again when the connection broke;
 * any thread may call.
 */
public final class ControlClient implements AutoCloseable {
  // Go does not cut its error texts, which travel in a header.
  private static final int LARGEST_HEADERS = 1 << 20;
  private static final int LARGEST_MESSAGE = 64 << 20;
  private static final long END_SECONDS = 15;

  private final Dialer dialer;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ManagedChannel channel;
  // of the newest connection; null before the first one
  private volatile @Nullable Banner banner;
  // why we closed the newest connection; null if we did not
  private volatile @Nullable ProtocolException violation;

  /** Makes one that has no connection yet. */
  public ControlClient(Dialer dialer) {
    this.dialer = dialer;
    this.channel =
        OkHttpChannelBuilder.forAddress("127.0.0.1", 1, InsecureChannelCredentials.create())
            .overrideAuthority("zrepl")
            .proxyDetector(address -> null)
            .socketFactory(new DialingFactory())
            .transportExecutor(threads)
            .executor(threads)
            .keepAliveTime(10, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(true)
            .maxInboundMetadataSize(LARGEST_HEADERS)
            .maxInboundMessageSize(LARGEST_MESSAGE)
            .disableRetry()
            .build();
  }

  private String target() {
    return dialer.connector().target();
  }

  /** Decodes an answer. */
  private interface Decoder<T> {
    T decode(byte[] answer) throws InvalidMessageException;
  }

  /** Checks that the other side answers. */
  public void ping() throws OperationException, InterruptedException {
    String text = UUID.randomUUID().toString();
    String echo = call(new ControlRequest.Ping(text), PingMessage::parse);
    if (!echo.equals(text)) {
      throw RemoteFailure.ofConnection(
          target(), new ProtocolException("the answer to a ping is another one"));
    }
  }

  /** What the other side has. */
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    return call(new ControlRequest.ListFilesystems(), ListMessages::parseFilesystems);
  }

  /**
   * How many bytes filesystems occupy together with their snapshots.
   *
   * @return none if the other side does not tell, as Go zrepl does not
   */
  public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
      throws OperationException, InterruptedException {
    if (filesystems.isEmpty() || !understands(Banner.FILESYSTEM_SIZES)) {
      return Map.of();
    }
    Map<DatasetPath, Long> sizes = new HashMap<>();
    for (List<DatasetPath> portion : SizeMessages.portions(filesystems)) {
      sizes.putAll(call(new ControlRequest.Sizes(portion), SizeMessages::parseResponse));
    }
    return sizes;
  }

  private boolean understands(String extension) {
    Banner theirs = banner;
    return theirs != null && theirs.has(extension);
  }

  /** Versions in the order in which they come. */
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return call(new ControlRequest.ListVersions(filesystem), ListMessages::parseVersions);
  }

  /** Results in the order in which they come. */
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    return call(
        new ControlRequest.Destroy(new DestroyMessages.Request(filesystem, snapshots)),
        DestroyMessages::parseResults);
  }

  /** The replication cursor of the other side's job. */
  public Optional<Guid> replicationCursor(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return call(new ControlRequest.Cursor(filesystem), CursorMessage::parse);
  }

  /**
   * The estimate of a step.
   *
   * @return in bytes, 0 if not known
   */
  public long sendDry(SendRequest request) throws OperationException, InterruptedException {
    return call(new ControlRequest.SendDry(request), SendMessages::parseResponse).expectedSize();
  }

  /** Tells that a step is complete. */
  public void sendCompleted(SendRequest request) throws OperationException, InterruptedException {
    Object _ = call(new ControlRequest.SendCompleted(request), answer -> answer);
  }

  private <T> T call(ControlRequest request, Decoder<T> decoder)
      throws OperationException, InterruptedException {
    // When to try again is decided by those who call, who know better.
    channel.resetConnectBackoff();
    ListenableFuture<byte[]> answer =
        ClientCalls.futureUnaryCall(
            channel.newCall(request.method().descriptor(), CallOptions.DEFAULT), request.encode());
    try {
      return decoder.decode(answer.get());
    } catch (InvalidMessageException e) {
      throw RemoteFailure.ofAnswer(target(), e);
    } catch (ExecutionException e) {
      StatusRuntimeException reason =
          e.getCause() instanceof StatusRuntimeException status ? status : null;
      throw failure(reason == null ? null : reason.getStatus(), details(reason), e);
    } catch (InterruptedException e) {
      boolean _ = answer.cancel(true);
      throw e;
    }
  }

  private static Optional<String> details(@Nullable StatusRuntimeException reason) {
    Metadata trailers = reason == null ? null : reason.getTrailers();
    return trailers == null
        ? Optional.empty()
        : Optional.ofNullable(trailers.get(ControlMethod.FAILURE));
  }

  private OperationException failure(
      @Nullable Status status, Optional<String> details, Exception cause) {
    ProtocolException wrong = violation;
    if (wrong != null) {
      // Whatever gRPC makes of a connection that was ended for it.
      return RemoteFailure.ofConnection(target(), wrong);
    }
    if (status == null) {
      return new OperationException(
          FailureScope.PEER, false, "a call to %s failed".formatted(target()), null, cause);
    }
    String text = Optional.ofNullable(status.getDescription()).orElse("no reason given");
    return switch (status.getCode()) {
      case UNAVAILABLE -> RemoteFailure.ofConnection(target(), connectionFailure(status, text));
      // The other side stops, or the connection broke in the middle of something.
      case CANCELLED, DEADLINE_EXCEEDED, INTERNAL -> refusal(status, text, true, cause);
      case RESOURCE_EXHAUSTED, UNIMPLEMENTED -> refusal(status, text, false, cause);
      default -> RemoteFailure.ofCall(target(), text, details);
    };
  }

  private OperationException refusal(
      Status status, String text, boolean temporary, Exception cause) {
    return new OperationException(
        FailureScope.PEER,
        temporary,
        "%s: %s (%s)".formatted(target(), PeerText.clean(text), status.getCode()),
        null,
        cause);
  }

  /** Our own failure to connect is the cause of gRPC's. */
  private static IOException connectionFailure(Status status, String text) {
    for (Throwable each = status.getCause(); each != null; each = each.getCause()) {
      if (each instanceof IOException failure) {
        return failure;
      }
    }
    return new IOException(PeerText.clean(text));
  }

  /** Ends the connection and what runs on it. */
  @Override
  public void close() {
    channel.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      boolean _ = channel.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    threads.shutdownNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Makes connections of ours when gRPC asks for a socket. */
  private final class DialingFactory extends SocketFactory {
    @Override
    public Socket createSocket() throws IOException {
      Dialer.Opened opened = dialer.open(Plane.CONTROL);
      banner = opened.theirs();
      violation = null;
      return new ConnectionSocket(
          opened.connection(),
          Optional.empty(),
          new Http2Guard(0, LARGEST_HEADERS),
          reason -> violation = reason,
          () -> {});
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return createSocket();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return createSocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket();
    }
  }
}
