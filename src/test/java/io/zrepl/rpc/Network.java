package io.zrepl.rpc;

import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.StreamInspection;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.Listener;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.TestCertificates;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** Puts a real network between an endpoint and whoever uses it: server, proxy and client. */
public final class Network implements AutoCloseable {
  private static final RpcTiming IMPATIENT =
      new RpcTiming(
          Duration.ofSeconds(3),
          Duration.ofSeconds(5),
          Duration.ofMillis(500),
          Duration.ofSeconds(3),
          Duration.ofMillis(500));

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final RpcTiming timing;
  private final Optional<TestCertificates.Pair> certificates;
  private final FaultProxy proxy;
  private final int port;

  /** TCP with the time limits of the protocol. */
  public Network() throws IOException {
    this(RpcTiming.DEFAULT, Optional.empty());
  }

  /**
   * With short time limits.
   *
   * @param certificates for TLS; otherwise it is TCP
   */
  public static Network impatient(Optional<TestCertificates.Pair> certificates) throws IOException {
    return new Network(IMPATIENT, certificates);
  }

  private Network(RpcTiming timing, Optional<TestCertificates.Pair> certificates)
      throws IOException {
    this.timing = timing;
    this.certificates = certificates;
    try (ServerSocket free = FreePort.bind()) {
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
      RemoteReceiver remote = new RemoteReceiver(dialer());
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
      RemoteSender remote = new RemoteSender(dialer());
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

  private Dialer dialer() throws InvalidValueException {
    HostAndPort address = HostAndPort.parse("127.0.0.1:" + proxy.port());
    ConnectSettings settings =
        certificates.isPresent()
            ? new ConnectSettings.Tls(
                address, certificates.get().client(), "vault.example", Duration.ofSeconds(5))
            : new ConnectSettings.Tcp(address, Duration.ofSeconds(5));
    return new Dialer(Transports.connector(settings), Banner.OURS, timing);
  }

  private ServeSettings serveSettings() throws InvalidValueException {
    HostAndPort address = HostAndPort.parse("127.0.0.1:" + port);
    return certificates.isPresent()
        ? new ServeSettings.Tls(
            address,
            false,
            certificates.get().server(),
            List.of(ClientIdentity.parse("web")),
            timing.handshake())
        : new ServeSettings.Tcp(address, false, ClientAddresses.of(Map.of("127.0.0.1", "web")));
  }

  private void serve(Served served) {
    disconnect();
    try {
      List<Listener> listeners = Transports.listen(serveSettings(), Path.of("/nowhere"));
      TaskGroup server = new TaskGroup("server");
      RpcServer rpc =
          new RpcServer(
              listeners,
              _ -> served,
              Banner.OURS,
              timing,
              ServerLimits.DEFAULT,
              Sleeper.SYSTEM,
              LoggerFactory.getLogger("test"));
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
