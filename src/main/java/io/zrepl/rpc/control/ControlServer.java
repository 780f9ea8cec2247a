package io.zrepl.rpc.control;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Endpoints;
import io.zrepl.rpc.FailureDetails;
import io.zrepl.rpc.Served;
import io.zrepl.rpc.frame.PeerText;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.transport.Connection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Serves control connections. The keepalive settings are those of Go zrepl, whose clients ping
 * every ten seconds, also without calls, and would be thrown out by the library's usual ones.
 */
public final class ControlServer implements AutoCloseable {
  // Those of Go's clients have a few hundred bytes.
  private static final int LARGEST_HEADERS = 16 * 1024;
  // More wait in the client.
  private static final int CALLS_PER_CONNECTION = 16;
  // So much of a call comes before somebody reads it. gRPC enforces it, also for those who do not
  // ask for a window.
  private static final int WINDOW = 64 * 1024;
  private static final long END_SECONDS = 30;

  /** Error texts travel in a header. */
  private static final int LONGEST_ERROR = 4 * 1024;

  private static final io.grpc.Context.Key<ClientIdentity> CLIENT =
      io.grpc.Context.key("client identity");

  private final ConnectionQueue connections;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Endpoints endpoints;
  private final Logger log;
  private final Server server;

  /**
   * Starts, without connections.
   *
   * @param endpoints what each client gets to use
   */
  public ControlServer(Endpoints endpoints, Logger log) throws IOException {
    this.connections = new ConnectionQueue();
    this.endpoints = endpoints;
    this.log = log;
    this.server =
        OkHttpServerBuilder.forPort(
                new ConnectionSocket.Address("connections", Optional.empty()),
                InsecureServerCredentials.create())
            .socketFactory(connections.factory())
            .transportExecutor(threads)
            .executor(threads)
            .keepAliveTime(5, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .permitKeepAliveTime(2500, TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .flowControlWindow(WINDOW)
            .maxInboundMessageSize(RequestBudget.LARGEST)
            .maxInboundMetadataSize(LARGEST_HEADERS)
            .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION)
            .intercept(new Identification())
            .addService(service())
            .build()
            .start();
  }

  /**
   * Serves one more connection.
   *
   * @param budget of all connections of the client
   * @param onClose run once, when it is closed
   */
  public void serve(
      ClientIdentity client, RequestBudget budget, Connection connection, Runnable onClose)
      throws IOException {
    connections.add(
        new ConnectionSocket(
            connection,
            Optional.of(new ConnectionSocket.Caller(client, budget)),
            new Http2Guard(Http2Guard.PREFACE, LARGEST_HEADERS),
            violation ->
                log.atWarn()
                    .addKeyValue("client", client)
                    .log("a control connection was closed: {}", violation.getMessage()),
            onClose));
  }

  private ServerServiceDefinition service() {
    ServerServiceDefinition.Builder service =
        ServerServiceDefinition.builder(ControlMethod.SERVICE);
    for (ControlMethod method : ControlMethod.values()) {
      service.addMethod(
          method.descriptor(),
          ServerCalls.<byte[], byte[]>asyncUnaryCall(
              (request, response) -> answer(method, request, response)));
    }
    return service.build();
  }

  private void answer(ControlMethod method, byte[] request, StreamObserver<byte[]> response) {
    byte[] result;
    CallCancellation cancellation = CallCancellation.watch(io.grpc.Context.current());
    try {
      ClientIdentity client = CLIENT.get();
      if (client == null) {
        throw new IllegalStateException("a call without a client");
      }
      Served served = endpoints.of(client);
      result = ControlCalls.answer(ControlRequest.parse(method, request), served);
    } catch (OperationException e) {
      Metadata details = new Metadata();
      details.put(ControlMethod.FAILURE, FailureDetails.of(e).encode());
      fail(method, Status.UNKNOWN, e.describe(), details, response);
      return;
    } catch (InvalidMessageException e) {
      fail(method, Status.UNKNOWN, "invalid request: " + e.message(), response);
      return;
    } catch (InterruptedException e) {
      if (cancellation.isCancelled()) {
        log.atInfo().addKeyValue("client", CLIENT.get()).log("{} was cancelled", method);
        response.onError(Status.CANCELLED.asRuntimeException());
        return;
      }
      Thread.currentThread().interrupt();
      fail(method, Status.CANCELLED, "the server is stopping", response);
      return;
    } catch (RuntimeException | Error e) {
      log.atError()
          .setCause(e)
          .addKeyValue("call", method)
          .log("a call ended by a fault of the program; please report this");
      fail(method, Status.UNKNOWN, "a fault of the program; its log says more", response);
      return;
    } finally {
      cancellation.end();
    }
    response.onNext(result);
    response.onCompleted();
  }

  private void fail(
      ControlMethod method, Status status, String text, StreamObserver<byte[]> response) {
    fail(method, status, text, new Metadata(), response);
  }

  private void fail(
      ControlMethod method,
      Status status,
      String text,
      Metadata details,
      StreamObserver<byte[]> response) {
    log.atWarn()
        .addKeyValue("client", CLIENT.get())
        .addKeyValue("call", method)
        .log("a call was answered with a failure: {}", text);
    String cut = new String(PeerText.encode(text, LONGEST_ERROR), StandardCharsets.UTF_8);
    response.onError(status.withDescription(cut).asRuntimeException(details));
  }

  /** Ends all connections, interrupts the calls, and waits for them. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    server.shutdownNow();
    connections.close();
    try {
      // gRPC needs its threads to end its connections, so that they come second.
      if (!server.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        log.warn("control connections do not end");
      }
      threads.shutdownNow();
      if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        log.warn("calls of control connections do not end");
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes the identity from the connection: it is never on the wire. */
  private static final class Identification implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      if (call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
              instanceof ConnectionSocket.Address address
          && address.caller().isPresent()) {
        return admit(address.caller().get(), call, headers, next);
      }
      call.close(Status.UNAUTHENTICATED, new Metadata());
      return new ServerCall.Listener<>() {};
    }

    /** Nothing is read of the call before there is room for it. */
    private static <A, B> ServerCall.Listener<A> admit(
        ConnectionSocket.Caller caller,
        ServerCall<A, B> call,
        Metadata headers,
        ServerCallHandler<A, B> next) {
      io.grpc.Context context = io.grpc.Context.current();
      CallCancellation cancellation = CallCancellation.watch(context);
      RequestBudget.Share share;
      try {
        share = caller.budget().take();
      } catch (InterruptedException e) {
        if (!cancellation.isCancelled()) {
          Thread.currentThread().interrupt();
        }
        call.close(Status.CANCELLED, new Metadata());
        return new ServerCall.Listener<>() {};
      } finally {
        cancellation.end();
      }
      try {
        return new BudgetedCall<>(
            io.grpc.Contexts.interceptCall(
                context.withValue(CLIENT, caller.client()),
                new BudgetedCall.OneRequest<>(call),
                headers,
                next),
            share);
      } catch (RuntimeException | Error e) {
        share.giveBack();
        throw e;
      }
    }
  }
}
