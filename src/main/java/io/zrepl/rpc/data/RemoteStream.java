package io.zrepl.rpc.data;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.RemoteFailure;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.rpc.frame.SourceErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A stream that comes from the other side, to a client. */
final class RemoteStream implements SendStream {
  private final FramedConnection connection;
  private final Incoming incoming;
  private final boolean usesResumeToken;
  private final String target;
  private volatile boolean ended;
  private volatile boolean aborted;

  RemoteStream(
      FramedConnection connection, Incoming incoming, boolean usesResumeToken, String target) {
    this.connection = connection;
    this.incoming = incoming;
    this.usesResumeToken = usesResumeToken;
    this.target = target;
  }

  @Override
  public boolean usesResumeToken() {
    return usesResumeToken;
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    try {
      int count = incoming.stream(buffer);
      if (count < 0) {
        ended = true;
      }
      return count;
    } catch (SourceErrorException e) {
      ended = true;
      throw broken(target, e);
    } catch (IOException e) {
      throw aborted
          ? new OperationException(FailureScope.FILESYSTEM, true, "the stream was aborted", null, e)
          : RemoteFailure.ofConnection(target, e);
    }
  }

  /** The stream broke at its source. What has arrived can be resumed. */
  static OperationException broken(String target, SourceErrorException e) {
    return new OperationException(
        FailureScope.FILESYSTEM,
        true,
        "the stream from %s broke: %s".formatted(target, e.getMessage()),
        null,
        e);
  }

  @Override
  public void abort() {
    aborted = true;
    connection.abort();
  }

  @Override
  public void close() {
    if (ended) {
      connection.close();
    } else {
      connection.abort();
    }
  }
}
