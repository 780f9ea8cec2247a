package io.zrepl.rpc.control;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ServerSocketFactory;

/** Connections that are ready for gRPC, as the server socket that it wants. */
final class ConnectionQueue extends ServerSocket {
  // An empty element ends the waiting. Bounded by the limit on connections of each client.
  private final BlockingQueue<Optional<ConnectionSocket>> ready = new LinkedBlockingQueue<>();
  private volatile boolean closed;

  ConnectionQueue() throws IOException {}

  void add(ConnectionSocket socket) {
    ready.add(Optional.of(socket));
    if (closed) {
      closeAll();
    }
  }

  /** Hands out this queue, whatever is asked for. */
  ServerSocketFactory factory() {
    return new ServerSocketFactory() {
      @Override
      public ServerSocket createServerSocket() {
        return ConnectionQueue.this;
      }

      @Override
      public ServerSocket createServerSocket(int port) {
        return ConnectionQueue.this;
      }

      @Override
      public ServerSocket createServerSocket(int port, int backlog) {
        return ConnectionQueue.this;
      }

      @Override
      public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
        return ConnectionQueue.this;
      }
    };
  }

  @Override
  public Socket accept() throws IOException {
    try {
      Optional<ConnectionSocket> next = ready.take();
      if (next.isEmpty() || closed) {
        next.ifPresent(ConnectionSocket::close);
        throw new SocketException("closed");
      }
      return next.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  @Override
  public void bind(SocketAddress address) {}

  @Override
  public void bind(SocketAddress address, int backlog) {}

  @Override
  public SocketAddress getLocalSocketAddress() {
    return new ConnectionSocket.Address("connections", Optional.empty());
  }

  @Override
  public void close() {
    closed = true;
    closeAll();
    ready.add(Optional.empty());
  }

  private void closeAll() {
    Optional<ConnectionSocket> left;
    while ((left = ready.poll()) != null) {
      left.ifPresent(ConnectionSocket::close);
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }
}
