package io.zrepl.snapshot.hook;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A socket file that looks like a TCP socket, as far as database drivers look. It knows no
 * timeouts: whoever uses it is interrupted, which closes it.
 */
final class UnixSocket extends Socket {
  private final Path path;
  private volatile @Nullable SocketChannel channel;
  private volatile boolean closed;

  UnixSocket(Path path) throws SocketException {
    super((SocketImpl) null);
    this.path = path;
  }

  /** Connects to the file, whatever the address. */
  @Override
  public void connect(SocketAddress ignored) throws IOException {
    connect(ignored, 0);
  }

  /** Connects to the file, whatever the address. */
  @Override
  public void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
    try {
      channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      throw new IOException("cannot connect to the socket " + path + ": " + e.getMessage(), e);
    }
  }

  private SocketChannel connected() throws SocketException {
    SocketChannel current = channel;
    if (current == null) {
      throw new SocketException("not connected");
    }
    return current;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return Channels.newInputStream(connected());
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return Channels.newOutputStream(connected());
  }

  @Override
  public void close() throws IOException {
    closed = true;
    SocketChannel current = channel;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public void shutdownInput() throws IOException {
    connected().shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    connected().shutdownOutput();
  }

  @Override
  public boolean isConnected() {
    return channel != null;
  }

  @Override
  public boolean isBound() {
    return channel != null;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public void setSoLinger(boolean on, int linger) {}

  @Override
  public void setSoTimeout(int timeoutMillis) {}

  @Override
  public int getSoTimeout() {
    return 0;
  }

  @Override
  public void setReceiveBufferSize(int size) {}

  @Override
  public void setSendBufferSize(int size) {}

  @Override
  public String toString() {
    return "socket " + path;
  }
}
