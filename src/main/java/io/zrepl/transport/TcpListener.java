package io.zrepl.transport;

import io.zrepl.base.HostAndPort;
import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** Listens on TCP. Who a client is, is decided by somebody else. */
final class TcpListener implements Listener {
  private static final int BACKLOG = 128;
  private static final int NETWORK_BYTES = 8;

  /** Finds out who a client is. */
  @FunctionalInterface
  interface Authentication {
    /**
     * Does so; may block until the channel is closed.
     *
     * @throws IOException if the client may not connect
     */
    IncomingConnection.Authenticated authenticate(SocketChannel channel, InetSocketAddress client)
        throws IOException;

    /** How long that may take, if it needs anything of the client. */
    default Duration patience() {
      return Duration.ZERO;
    }
  }

  private final ServerSocketChannel server;
  private final String place;
  private final Authentication authentication;

  private TcpListener(ServerSocketChannel server, String place, Authentication authentication) {
    this.server = server;
    this.place = place;
    this.authentication = authentication;
  }

  /**
   * Begins to listen.
   *
   * @param kind for messages: "tcp" or "tls"
   * @param freeBind whether the address may not exist yet
   */
  static TcpListener open(
      String kind, HostAndPort listen, boolean freeBind, Authentication authentication)
      throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      if (freeBind) {
        FreeBind.allow(server);
      }
      int port = Ports.parse(listen);
      server.bind(
          listen.host().isEmpty()
              ? new InetSocketAddress(port)
              : new InetSocketAddress(InetAddress.getByName(listen.host()), port),
          BACKLOG);
      return new TcpListener(server, kind + " " + server.getLocalAddress(), authentication);
    } catch (IOException e) {
      Closing.quietly(server);
      throw e instanceof TransportException
          ? e
          : new TransportException(
              true,
              "cannot listen on %s: %s".formatted(listen, e.getMessage()),
              freeBind
                  ? null
                  : "if the address comes up later than the daemon, set listen_freebind: true",
              e);
    }
  }

  /** Tells clients apart by their addresses. */
  static Authentication byAddress(ClientAddresses clients) {
    return (channel, client) -> {
      InetAddress address = client.getAddress();
      Optional<ClientIdentity> identity = clients.identityOf(address.getAddress(), zone(address));
      if (identity.isEmpty()) {
        throw new TransportException(
            false,
            "a client with the address %s is refused: serve.clients has no entry for it"
                .formatted(address.getHostAddress()),
            null,
            null);
      }
      return new IncomingConnection.Authenticated(
          identity.get(), new SocketConnection(channel, identity.get() + " (tcp " + client + ")"));
    };
  }

  /** The interface of a link-local address; other addresses have none. */
  static String zone(InetAddress address) {
    if (!(address instanceof Inet6Address v6) || !v6.isLinkLocalAddress()) {
      return "";
    }
    // Java gives the address of an accepted connection only the number.
    int index = v6.getScopeId();
    try {
      NetworkInterface known = v6.getScopedInterface();
      if (known == null && index > 0) {
        known = NetworkInterface.getByIndex(index);
      }
      if (known != null) {
        return known.getName();
      }
    } catch (SocketException e) {
      // then its number, as when there is none
    }
    return String.valueOf(index);
  }

  /**
   * Connections of one origin are limited together; whoever has one address of IPv6 has the 2^64 of
   * its network.
   */
  static String origin(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address.getHostAddress();
    }
    byte[] network = address.getAddress();
    Arrays.fill(network, NETWORK_BYTES, network.length, (byte) 0);
    return AddressRange.format(network) + "/" + NETWORK_BYTES * Byte.SIZE;
  }

  @Override
  public IncomingConnection accept() throws IOException {
    SocketChannel channel = server.accept();
    InetSocketAddress client;
    try {
      client = (InetSocketAddress) channel.getRemoteAddress();
    } catch (IOException | RuntimeException e) {
      Closing.quietly(channel);
      throw e;
    }
    return new IncomingConnection() {
      @Override
      public String origin() {
        return client == null ? "?" : TcpListener.origin(client.getAddress());
      }

      @Override
      public Duration patience() {
        return authentication.patience();
      }

      @Override
      public Authenticated authenticate() throws IOException {
        try {
          if (client == null) {
            throw new IOException("the client is gone");
          }
          SocketConnection.prepare(channel);
          return authentication.authenticate(channel, client);
        } catch (IOException | RuntimeException e) {
          close();
          throw e;
        }
      }

      @Override
      public void close() {
        Closing.quietly(channel);
      }
    };
  }

  /** The port, also if any was asked for. */
  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  @Override
  public String place() {
    return place;
  }

  @Override
  public void close() {
    Closing.quietly(server);
  }
}
