package io.zrepl.transport;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** A TCP or unix socket. */
final class SocketConnection implements Connection {
  private static final int KEEPALIVE_SECONDS = 15;
  private static final int KEEPALIVE_COUNT = 9;

  private final SocketChannel channel;
  private final String peer;
  // used by the thread that writes
  private final PieceSize piece = new PieceSize();

  SocketConnection(SocketChannel channel, String peer) {
    this.channel = channel;
    this.peer = peer;
  }

  /** Sets what every TCP connection needs, as Go does: no delay, and keepalives of the kernel. */
  static void prepare(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
      channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_SECONDS);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_SECONDS);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_COUNT);
    }
  }

  @Override
  public String peer() {
    return peer;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    return channel.read(buffer);
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    int end = buffer.limit();
    try {
      buffer.limit(Math.min(end, buffer.position() + piece.bytes()));
      long begin = System.nanoTime();
      int count = channel.write(buffer);
      piece.wrote(count, System.nanoTime() - begin);
      return count;
    } finally {
      buffer.limit(end);
    }
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() {
    Closing.quietly(channel);
  }

  @Override
  public String toString() {
    return peer;
  }
}
