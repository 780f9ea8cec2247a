package io.zrepl.rpc;

import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.Connector;
import io.zrepl.transport.Listener;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Our server on a port of the loopback interface, where everybody is the client "web". */
final class TestServer implements AutoCloseable {
  /** Patience of tests that do not wait for anything. */
  static final RpcTiming TIMING =
      new RpcTiming(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(40),
          Duration.ofSeconds(5));

  private final int port;
  private final TaskGroup running = new TaskGroup("test server");

  private TestServer(int port) {
    this.port = port;
  }

  static TestServer start(Served served) throws IOException, InvalidValueException {
    return start(_ -> served, Banner.PLAIN, TIMING, ServerLimits.DEFAULT);
  }

  static TestServer start(Endpoints endpoints, Banner banner, RpcTiming timing, ServerLimits limits)
      throws IOException, InvalidValueException {
    int port = freePort();
    List<Listener> listeners =
        Transports.listen(
            new ServeSettings.Tcp(
                HostAndPort.parse("127.0.0.1:" + port),
                false,
                ClientAddresses.of(Map.of("127.0.0.1", "web"))),
            Path.of("/nowhere"));
    TestServer server = new TestServer(port);
    RpcServer rpc =
        new RpcServer(
            listeners,
            endpoints,
            banner,
            timing,
            limits,
            Sleeper.SYSTEM,
            LoggerFactory.getLogger("test"));
    server.running.fork(
        "rpc",
        () -> {
          try {
            rpc.run();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = FreePort.bind()) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  static Connector connector(int port) throws InvalidValueException {
    return Transports.connector(
        new ConnectSettings.Tcp(HostAndPort.parse("127.0.0.1:" + port), Duration.ofSeconds(5)));
  }

  Dialer dialer() throws InvalidValueException {
    return new Dialer(connector(port), Banner.PLAIN, TIMING);
  }

  /** A bare connection, as some other program makes it. */
  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(30_000);
    return socket;
  }

  @Override
  public void close() {
    running.close();
  }
}
