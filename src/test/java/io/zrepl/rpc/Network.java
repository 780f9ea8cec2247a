package io.zrepl.rpc;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.StreamInspection;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.Listener;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Puts a real network between an endpoint and whoever uses it: server, proxy and client. */
public final class Network implements AutoCloseable {
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final FaultProxy proxy;
  private final int port;

  /** Makes one without faults. */
  public Network() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    proxy = new FaultProxy(port);
  }

  /** Where faults come from. */
  public FaultProxy proxy() {
    return proxy;
  }

  /** A receiver as it looks from another machine. */
  public Receiver around(Receiver receiver) {
    serve(new Served.OfReceiver(receiver, Network::inspect));
    try {
      RemoteReceiver remote = new RemoteReceiver(TestServer.connector(proxy.port()));
      toClose.add(remote);
      return remote;
    } catch (InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A sender as it looks from another machine. */
  public Sender around(Sender sender) {
    serve(new Served.OfSender(sender));
    try {
      RemoteSender remote = new RemoteSender(TestServer.connector(proxy.port()));
      toClose.add(remote);
      return remote;
    } catch (InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Served.Inspected inspect(SendStream stream) {
    StreamInspection inspection = StreamInspection.of(stream);
    return new Served.Inspected(inspection.fullStream(), inspection.stream());
  }

  private void serve(Served served) {
    disconnect();
    try {
      List<Listener> listeners =
          Transports.listen(
              new ServeSettings.Tcp(
                  HostAndPort.parse("127.0.0.1:" + port),
                  false,
                  ClientAddresses.of(Map.of("127.0.0.1", "web"))),
              Path.of("/nowhere"));
      TaskGroup server = new TaskGroup("server");
      RpcServer rpc = new RpcServer(listeners, _ -> served, LoggerFactory.getLogger("test"));
      server.fork(
          "rpc",
          () -> {
            try {
              rpc.run();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      toClose.add(server);
    } catch (IOException | InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }

  private void disconnect() {
    for (AutoCloseable each : toClose.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    toClose.clear();
  }

  @Override
  public void close() throws IOException {
    disconnect();
    proxy.close();
  }
}
