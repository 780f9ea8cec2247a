package io.zrepl.rpc;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.transport.Connector;
import java.util.List;
import java.util.Map;

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

  /** {@inheritDoc} None are known if the other side is Go zrepl. */
  @Override
  public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
      throws OperationException, InterruptedException {
    return control().sizes(filesystems);
  }
}
