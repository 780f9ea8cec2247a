package io.zrepl.transport;

import io.zrepl.base.HostAndPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connects with TCP: to each address of the host in turn, until one answers. */
final class TcpConnector implements Connector {
  private final HostAndPort address;
  private final Duration timeout;

  /**
   * Makes one.
   *
   * @param timeout for all addresses together; zero sets no limit
   */
  TcpConnector(HostAndPort address, Duration timeout) {
    this.address = address;
    this.timeout = timeout;
  }

  @Override
  public Connection connect() throws IOException {
    return new SocketConnection(open(), "tcp " + address);
  }

  @Override
  public String target() {
    return "tcp " + address;
  }

  /** The bare socket. */
  SocketChannel open() throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    List<InetSocketAddress> candidates = addresses();
    IOException failure = null;
    for (int i = 0; i < candidates.size(); i++) {
      try {
        // What is left is shared: an address that does not answer must not use up all of it.
        Duration left =
            timeout.isZero()
                ? timeout
                : Duration.ofNanos(
                    Math.max((deadline - System.nanoTime()) / (candidates.size() - i), 1_000_000));
        return open(candidates.get(i), left);
      } catch (IOException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    throw new TransportException(
        true,
        "cannot connect to %s: %s"
            .formatted(address, failure == null ? "it has no address" : failure.getMessage()),
        "check that the other daemon runs and listens there, and that no firewall is in between",
        failure);
  }

  private static SocketChannel open(InetSocketAddress address, Duration timeout)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    try (TimeLimit limit = TimeLimit.start(timeout, () -> Closing.quietly(channel))) {
      try {
        channel.connect(address);
        SocketConnection.prepare(channel);
        limit.done();
        return channel;
      } catch (IOException e) {
        Closing.quietly(channel);
        throw limit.isOver()
            ? new IOException("%s does not answer".formatted(address.getAddress()), e)
            : e;
      }
    }
  }

  private List<InetSocketAddress> addresses() throws IOException {
    // An empty host is this machine, as in Go.
    InetAddress[] all;
    try {
      all =
          address.host().isEmpty()
              ? new InetAddress[] {InetAddress.getLoopbackAddress()}
              : InetAddress.getAllByName(address.host());
    } catch (UnknownHostException e) {
      throw new TransportException(
          true,
          "cannot connect to %s: the name is not known".formatted(address),
          "check the name and the DNS of this machine",
          e);
    }
    List<InetSocketAddress> result = new ArrayList<>();
    for (InetAddress each : all) {
      result.add(new InetSocketAddress(each, Ports.parse(address)));
    }
    return result;
  }
}
