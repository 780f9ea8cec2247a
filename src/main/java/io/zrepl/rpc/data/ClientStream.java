package io.zrepl.rpc.data;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.rpc.frame.SourceErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;

/**
 * A stream that a client sends to us. Aborting it ends a read no later than the client's next sign
 * of life, and leaves the connection usable, since the client is still to hear why.
 */
final class ClientStream implements SendStream {
  private final FramedConnection connection;
  private final Incoming incoming;
  private final IntUnaryOperator counter;
  // read by the server's thread after the receive
  private volatile boolean connectionFailed;
  private volatile boolean stopped;

  /**
   * Of the request that is being served.
   *
   * @param counter is told how much each read has brought, and gives that back
   */
  ClientStream(FramedConnection connection, Incoming incoming, IntUnaryOperator counter) {
    this.connection = connection;
    this.incoming = incoming;
    this.counter = counter;
  }

  /** Not known here, and not asked for: the request says whether partial state is dropped. */
  @Override
  public boolean usesResumeToken() {
    return false;
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    try {
      return counter.applyAsInt(incoming.stream(buffer));
    } catch (SourceErrorException e) {
      throw RemoteStream.broken(connection.peer(), e);
    } catch (IOException e) {
      // If we stopped reading ourselves, the client is there and waits for the reason.
      connectionFailed = !stopped;
      throw new OperationException(
          FailureScope.FILESYSTEM,
          true,
          "the stream from %s broke: %s".formatted(connection.peer(), e.getMessage()),
          null,
          e);
    }
  }

  /** Whether there is nobody to answer to. */
  boolean connectionFailed() {
    return connectionFailed;
  }

  @Override
  public void abort() {
    stopped = true;
    connection.stopReading();
  }

  @Override
  public void close() {
    abort();
  }
}
