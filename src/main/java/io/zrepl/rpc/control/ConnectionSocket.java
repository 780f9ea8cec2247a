package io.zrepl.rpc.control;

import io.zrepl.model.ClientIdentity;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.transport.Connection;
import io.zrepl.transport.TimeLimit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A connection of ours, after its label, as the socket that gRPC wants. */
final class ConnectionSocket extends Socket {
  private static final Duration GOODBYE = Duration.ofSeconds(1);

  private final Connection connection;
  private final Optional<Caller> caller;
  private final Http2Guard guard;
  private final Consumer<ProtocolException> onViolation;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile int timeout;

  /**
   * Wraps it.
   *
   * @param caller on the server: who it is
   * @param guard looks at what comes
   * @param onViolation hears why the guard has closed it
   * @param onClose run once, after it was closed
   */
  ConnectionSocket(
      Connection connection,
      Optional<Caller> caller,
      Http2Guard guard,
      Consumer<ProtocolException> onViolation,
      Runnable onClose)
      throws IOException {
    super((SocketImpl) null);
    this.connection = connection;
    this.caller = caller;
    this.guard = guard;
    this.onViolation = onViolation;
    this.onClose = onClose;
  }

  /**
   * Whose calls come from a connection.
   *
   * @param client who it is
   * @param budget for all its calls
   */
  record Caller(ClientIdentity client, RequestBudget budget) {}

  /** The other end as gRPC hands it on to a call. */
  static final class Address extends SocketAddress {
    private static final long serialVersionUID = 1L;

    private final String text;
    private final transient Optional<Caller> caller;

    Address(String text, Optional<Caller> caller) {
      this.text = text;
      this.caller = caller;
    }

    Optional<Caller> caller() {
      return caller;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private void watch(byte[] bytes, int offset, int count) throws ProtocolException {
    try {
      guard.came(bytes, offset, count);
    } catch (ProtocolException e) {
      onViolation.accept(e);
      connection.close();
      throw e;
    }
  }

  @Override
  public InputStream getInputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        int count = connection.read(ByteBuffer.wrap(bytes, offset, length));
        if (count > 0) {
          watch(bytes, offset, count);
        }
        return count;
      }
    };
  }

  @Override
  public OutputStream getOutputStream() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        connection.writeFully(ByteBuffer.wrap(bytes, offset, length));
      }
    };
  }

  /** Ends our direction first, so that TLS does not look cut off; but never waits long for it. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try (TimeLimit _ = TimeLimit.start(GOODBYE, connection::close)) {
      connection.shutdownOutput();
    } catch (IOException e) {
      // it is gone already
    } finally {
      connection.close();
      onClose.run();
    }
  }

  @Override
  public void shutdownOutput() throws IOException {
    connection.shutdownOutput();
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return closed.get();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return new Address(connection.peer(), caller);
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return new Address("here", Optional.empty());
  }

  @Override
  public InetAddress getInetAddress() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public int getPort() {
    return 0;
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }

  @Override
  public void setSoTimeout(int milliseconds) {
    timeout = milliseconds;
  }

  @Override
  public int getSoTimeout() {
    return timeout;
  }
}
