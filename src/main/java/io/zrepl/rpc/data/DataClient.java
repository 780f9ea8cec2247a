package io.zrepl.rpc.data;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Banner;
import io.zrepl.rpc.Dialer;
import io.zrepl.rpc.Plane;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.RemoteFailure;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.rpc.message.PingMessage;
import io.zrepl.rpc.message.ReceiveMessage;
import io.zrepl.rpc.message.SendMessages;
import java.io.IOException;
import java.util.UUID;

/** Asks the other side for what needs a stream. Each request has a connection of its own. */
public final class DataClient {
  private final Dialer dialer;

  /** Makes one that has no connection. */
  public DataClient(Dialer dialer) {
    this.dialer = dialer;
  }

  private String target() {
    return dialer.connector().target();
  }

  /** Checks that the other side answers. */
  public void ping() throws OperationException, InterruptedException {
    String text = UUID.randomUUID().toString();
    try (Call call = open(new DataRequest.Ping(text))) {
      byte[] result = call.result();
      if (!PingMessage.parse(result).equals(text)) {
        throw RemoteFailure.ofConnection(
            target(), new ProtocolException("the answer to a ping is another one"));
      }
    } catch (InvalidMessageException e) {
      throw RemoteFailure.ofAnswer(target(), e);
    }
  }

  /**
   * Asks for a stream.
   *
   * @return to be closed by the caller
   */
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    Call call = open(new DataRequest.Send(request));
    boolean started = false;
    try {
      SendMessages.Response response = SendMessages.parseResponse(call.result());
      SendStream stream =
          new RemoteStream(call.connection, call.incoming, response.usesResumeToken(), target());
      started = true;
      return stream;
    } catch (InvalidMessageException e) {
      throw RemoteFailure.ofAnswer(target(), e);
    } finally {
      if (!started) {
        call.close();
      }
    }
  }

  /** Sends a stream; returns when the other side has received it. */
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    try (Call call = open(new DataRequest.Receive(ReceiveMessage.of(request)))) {
      Upload upload = new Upload(call.connection, stream, dialer.timing().shutdown());
      DataResponse response;
      try {
        response = upload.during(() -> DataResponse.read(call.incoming));
      } catch (IOException e) {
        call.connection.abort();
        throw call.failure(e);
      }
      if (response instanceof DataResponse.Failure failure) {
        throw RemoteFailure.ofText(target(), failure.text(), call.common);
      }
    }
  }

  private Call open(DataRequest request) throws OperationException, InterruptedException {
    Dialer.Opened opened;
    try {
      opened = dialer.open(Plane.DATA);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw RemoteFailure.ofConnection(target(), e);
    }
    Call call =
        new Call(
            new FramedConnection(opened.connection(), dialer.timing()),
            dialer.banner().common(opened.theirs()));
    call.connection.followProgress(ProgressMark.current());
    try {
      DataRequest.write(call.connection, request);
      return call;
    } catch (IOException e) {
      call.connection.abort();
      throw call.failure(e);
    } catch (RuntimeException | Error e) {
      call.connection.abort();
      throw e;
    }
  }

  /** A connection with its request under way. */
  private final class Call implements AutoCloseable {
    private final FramedConnection connection;
    private final Incoming incoming;
    private final Banner common;

    Call(FramedConnection connection, Banner common) {
      this.connection = connection;
      this.incoming = new Incoming(connection);
      this.common = common;
    }

    byte[] result() throws OperationException, InterruptedException {
      DataResponse response;
      try {
        response = DataResponse.read(incoming);
      } catch (IOException e) {
        if (!(e instanceof ProtocolException)) {
          connection.abort();
        }
        throw failure(e);
      }
      return switch (response) {
        case DataResponse.Success success -> success.result();
        case DataResponse.Failure failure ->
            throw RemoteFailure.ofText(target(), failure.text(), common);
      };
    }

    /** Interrupting a thread that reads or writes ends the connection, which is no failure. */
    OperationException failure(IOException e) throws InterruptedException {
      if (Thread.interrupted()) {
        connection.abort();
        throw new InterruptedException();
      }
      return RemoteFailure.ofConnection(target(), e);
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
