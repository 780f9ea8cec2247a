package io.zrepl.rpc;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.transport.Connector;

/** The receiver of a sink on another machine. Connects when it is first used. */
public final class RemoteReceiver extends RemoteEndpoint implements Receiver {

  /** Makes one; nothing is connected yet. */
  public RemoteReceiver(Connector connector) {
    this(dialer(connector));
  }

  RemoteReceiver(Dialer dialer) {
    super(dialer);
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    data().receive(request, stream);
  }
}
