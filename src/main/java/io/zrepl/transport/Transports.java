package io.zrepl.transport;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** From settings to connectors and listeners. {@code local} needs neither. */
public final class Transports {
  private Transports() {}

  /**
   * What makes connections; nothing is connected yet.
   *
   * @throws IllegalArgumentException for {@code local}
   */
  public static Connector connector(ConnectSettings settings) {
    return switch (settings) {
      case ConnectSettings.Tcp tcp -> new TcpConnector(tcp.address(), tcp.dialTimeout());
      case ConnectSettings.Tls tls -> new TlsConnector(tls);
      case ConnectSettings.Ssh ssh -> new SshConnector(ssh);
      case ConnectSettings.Local _ -> throw new IllegalArgumentException("has no connections");
    };
  }

  /**
   * Begins to listen.
   *
   * @param stdinserverDirectory where the sockets for {@code zrepl stdinserver} lie
   * @return one listener, or one for each client
   * @throws TransportException if it cannot listen; then nothing does
   * @throws IllegalArgumentException for {@code local}
   */
  public static List<Listener> listen(ServeSettings settings, Path stdinserverDirectory)
      throws IOException {
    return switch (settings) {
      case ServeSettings.Tcp tcp ->
          List.of(
              TcpListener.open(
                  "tcp", tcp.listen(), tcp.freeBind(), TcpListener.byAddress(tcp.clients())));
      case ServeSettings.Tls tls -> {
        TlsCredentials credentials = new TlsCredentials(tls.files());
        credentials.current(); // unusable files are told now, not to the first client
        yield List.of(
            TcpListener.open(
                "tls", tls.listen(), tls.freeBind(), new TlsAuthentication(tls, credentials)));
      }
      case ServeSettings.Stdinserver stdinserver -> sockets(stdinserver, stdinserverDirectory);
      case ServeSettings.Local _ -> throw new IllegalArgumentException("has no listener");
    };
  }

  private static List<Listener> sockets(ServeSettings.Stdinserver settings, Path directory)
      throws IOException {
    List<Listener> listeners = new ArrayList<>();
    try {
      for (var client : settings.clients()) {
        listeners.add(StdinserverListener.open(directory, client));
      }
      return listeners;
    } catch (IOException e) {
      listeners.forEach(Listener::close);
      throw e;
    }
  }
}
