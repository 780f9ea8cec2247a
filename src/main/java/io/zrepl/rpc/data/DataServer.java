package io.zrepl.rpc.data;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Banner;
import io.zrepl.rpc.FailureDetails;
import io.zrepl.rpc.RemoteFailure;
import io.zrepl.rpc.RpcTiming;
import io.zrepl.rpc.Served;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.rpc.frame.StreamWriter;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.ReceiveMessage;
import io.zrepl.rpc.message.SendMessages;
import io.zrepl.transport.TimeLimit;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;

/** Answers the one request of a data connection. */
public final class DataServer {
  private final FramedConnection connection;
  private final Incoming incoming;
  private final RpcTiming timing;
  private final Banner common;
  private final Logger log;
  private final LongAdder transferred = new LongAdder();

  /**
   * Serves a connection after its label.
   *
   * @param common what both sides understand
   */
  public DataServer(FramedConnection connection, RpcTiming timing, Banner common, Logger log) {
    this.connection = connection;
    this.incoming = new Incoming(connection);
    this.timing = timing;
    this.common = common;
    this.log = log;
  }

  /** How many bytes of a stream went through; any thread. */
  public long transferred() {
    return transferred.sum();
  }

  /** Answers with a failure, without having looked at the request, and closes the connection. */
  public void refuse(OperationException why) {
    try (connection) {
      if (why instanceof ResourceExhaustedException) {
        // Whoever refuses has told the log, which a client must not fill.
        answer(new DataResponse.Failure(RemoteFailure.EXHAUSTED_PREFIX + why.describe()));
      } else {
        fail(why);
      }
    } catch (IOException e) {
      connection.abort();
    }
  }

  /**
   * Answers the request, and closes the connection.
   *
   * @throws InterruptedException if the calling thread is interrupted; then all is ended
   */
  public void serve(Served served) throws InterruptedException {
    try (connection) {
      serve(request(), served);
    } catch (IOException e) {
      connection.abort();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      log.atInfo()
          .addKeyValue("client", connection.peer())
          .log("a request ended early: {}", e.getMessage());
    } catch (InterruptedException e) {
      connection.abort();
      throw e;
    } catch (RuntimeException | Error e) {
      connection.abort();
      throw e;
    }
  }

  /** Heartbeats do not prolong this: a client that sends nothing else must not stay. */
  private DataRequest request() throws IOException {
    try (TimeLimit limit = TimeLimit.start(timing.request(), connection::abort)) {
      try {
        DataRequest request = DataRequest.read(incoming);
        limit.done();
        return request;
      } catch (IOException e) {
        throw limit.isOver() ? new IOException("no complete request came in time", e) : e;
      }
    }
  }

  private void serve(DataRequest request, Served served) throws IOException, InterruptedException {
    switch (request) {
      case DataRequest.Ping ping ->
          answer(new DataResponse.Success(PingMessage.encode(ping.text())));
      case DataRequest.Unknown _ -> fail("requested endpoint does not exist");
      case DataRequest.Invalid invalid -> fail("invalid request: " + invalid.reason());
      case DataRequest.Send send -> {
        switch (served) {
          case Served.OfSender sender -> send(sender, send);
          case Served.OfReceiver _ -> fail("receiver does not implement Send()");
        }
      }
      case DataRequest.Receive receive -> {
        switch (served) {
          case Served.OfReceiver receiver -> receive(receiver, receive.message());
          case Served.OfSender _ -> fail("sender does not implement Receive()");
        }
      }
    }
  }

  private void answer(DataResponse response) throws IOException {
    DataResponse.write(connection, response);
  }

  private void fail(OperationException why) throws IOException {
    String text = why.describe();
    fail(text, common.has(Banner.FAILURE_DETAILS) ? FailureDetails.of(why).before(text) : text);
  }

  private void fail(String text) throws IOException {
    fail(text, text);
  }

  private void fail(String text, String sent) throws IOException {
    log.atWarn()
        .addKeyValue("client", connection.peer())
        .log("a request was answered with a failure: {}", text);
    answer(new DataResponse.Failure(sent));
  }

  // ---- send

  private void send(Served.OfSender served, DataRequest.Send send)
      throws IOException, InterruptedException {
    Sending sending = new Sending();
    connection.watchPeer(sending::end);
    SendStream opened;
    try {
      opened =
          sending.open(
              () -> work().duringInterruptible(() -> served.sender().send(send.request())));
    } catch (OperationException e) {
      fail(e);
      return;
    }
    try (SendStream stream = opened) {
      answer(
          new DataResponse.Success(
              SendMessages.encode(new SendMessages.Response(stream.usesResumeToken(), 0))));
      copy(stream)
          .ifPresent(failure ->
              log.atWarn()
                  .addKeyValue("client", connection.peer())
                  .addKeyValue("fs", send.request().filesystem())
                  .log("a stream broke: {}", failure.describe()));
    }
  }

  /**
   * Copies on a platform thread, since it blocks in a pipe.
   *
   * @return the failure of the source, of which the client has been told
   */
  private Optional<OperationException> copy(SendStream stream)
      throws IOException, InterruptedException {
    CompletableFuture<Optional<OperationException>> end = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("rpc-send " + connection.peer())
        .start(() -> {
          try {
            StreamWriter.send(
                connection,
                buffer -> counted(stream.read(buffer)),
                OperationException.class,
                OperationException::describe);
            end.complete(Optional.empty());
          } catch (OperationException e) {
            end.complete(Optional.of(e));
          } catch (IOException | RuntimeException | Error e) {
            end.completeExceptionally(e);
          }
        });
    while (true) {
      try {
        return end.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException failure) {
          throw failure;
        }
        throw new IllegalStateException("copying ended by a fault", e.getCause());
      } catch (InterruptedException e) {
        // The thread ends as soon as what it uses is ended.
        connection.abort();
        stream.abort();
        CompletableFuture<Object> over = end.handle((result, failure) -> "");
        Object _ = over.join();
        throw e;
      }
    }
  }

  /** What the client hears of the work that no bytes show. */
  private ProgressMark work() {
    ProgressMark work = new ProgressMark();
    if (common.has(Banner.PROGRESS)) {
      connection.tellProgress(work);
    }
    return work;
  }

  private int counted(int count) {
    if (count > 0) {
      transferred.add(count);
    }
    return count;
  }

  // ---- receive

  private void receive(Served.OfReceiver served, ReceiveMessage message)
      throws IOException, InterruptedException {
    ClientStream stream = new ClientStream(connection, incoming, this::counted);
    try {
      Served.Inspected inspected = served.inspector().inspect(stream);
      Object _ =
          work()
              .<Served, OperationException>duringInterruptible(() -> {
                served
                    .receiver()
                    .receive(message.request(inspected.fullStream()), inspected.stream());
                return served;
              });
    } catch (OperationException e) {
      if (stream.connectionFailed()) {
        throw new IOException(e.describe(), e);
      }
      fail(e);
      return;
    }
    answer(new DataResponse.Success(new byte[0]));
  }
}
