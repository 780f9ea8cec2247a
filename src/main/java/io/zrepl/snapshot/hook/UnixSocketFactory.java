package io.zrepl.snapshot.hook;

import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import javax.net.SocketFactory;

/**
 * Lets a database driver, which only knows hosts and ports, connect to a socket file. The driver
 * makes an instance by the name of this class; which file it is stands in {@link #PATH}, bound
 * around the call of the driver.
 */
public final class UnixSocketFactory extends SocketFactory {
  /** The socket file. */
  static final ScopedValue<Path> PATH = ScopedValue.newInstance();

  /** For the driver. */
  public UnixSocketFactory() {}

  @Override
  public Socket createSocket() throws SocketException {
    return new UnixSocket(PATH.get());
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw notCalled();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw notCalled();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw notCalled();
  }

  @Override
  public Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw notCalled();
  }

  private static UnsupportedOperationException notCalled() {
    return new UnsupportedOperationException("only unconnected sockets");
  }
}
