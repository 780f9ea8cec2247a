package io.zrepl.rpc;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.transport.Connector;
import java.util.Optional;
import java.util.OptionalLong;

/** The sender of a source on another machine. Connects when it is first used. */
public final class RemoteSender extends RemoteEndpoint implements Sender {

  /** Makes one; nothing is connected yet. */
  public RemoteSender(Connector connector) {
    this(dialer(connector));
  }

  RemoteSender(Dialer dialer) {
    super(dialer);
  }

  @Override
  public OptionalLong estimate(SendRequest request)
      throws OperationException, InterruptedException {
    long size = control().sendDry(request);
    return size > 0 ? OptionalLong.of(size) : OptionalLong.empty();
  }

  @Override
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    return data().send(request);
  }

  @Override
  public void sendCompleted(SendRequest request) throws OperationException, InterruptedException {
    control().sendCompleted(request);
  }

  @Override
  public Optional<Guid> replicationCursor(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return control().replicationCursor(filesystem);
  }
}
