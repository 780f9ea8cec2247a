package io.zrepl.transport;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSocket;

/** TLS above a TCP socket. */
class TlsConnection implements Connection {
  // Several records: fewer calls into the provider, and a slow peer is still seen to get on.
  private static final int LARGEST_WRITE = 128 * 1024;
  private static final int LARGEST_READ = 16 * 1024;
  // Records of streams are full; what the protocol itself sends, such as new keys, is smaller.
  private static final int FULL_RECORD = 16_000;

  private final SSLSocket tls;
  private final BufferedSocket underneath;
  private final Closeable channel;
  private final String peer;
  private final InputStream input;
  private final OutputStream output;
  // each used by one thread at a time
  private final byte[] readBuffer = new byte[LARGEST_READ];
  private final byte[] writeBuffer = new byte[LARGEST_WRITE];

  /**
   * Takes a connection whose handshake is over.
   *
   * @param underneath the socket below
   * @param channel closes that socket at once
   */
  TlsConnection(SSLSocket tls, BufferedSocket underneath, Closeable channel, String peer)
      throws IOException {
    this.tls = tls;
    this.underneath = underneath;
    this.channel = channel;
    this.peer = peer;
    this.input = tls.getInputStream();
    this.output = tls.getOutputStream();
  }

  @Override
  public String peer() {
    return peer;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    int all = readOnce(buffer);
    // What can be had without waiting, for whoever writes it into a pipe; never what may be no
    // data, behind which reading would wait.
    while (all > 0
        && buffer.remaining() >= LARGEST_READ
        && underneath.nextRecord() >= FULL_RECORD) {
      int count = readOnce(buffer);
      if (count < 0) {
        break; // is said again
      }
      all += count;
    }
    return all;
  }

  private int readOnce(ByteBuffer buffer) throws IOException {
    int count = input.read(readBuffer, 0, Math.min(readBuffer.length, buffer.remaining()));
    if (count > 0) {
      buffer.put(readBuffer, 0, count);
    }
    return count;
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    int count = Math.min(writeBuffer.length, buffer.remaining());
    buffer.get(writeBuffer, 0, count);
    underneath.hold();
    output.write(writeBuffer, 0, count); // if this fails, nothing more can be written
    underneath.release();
    return count;
  }

  /** Tells the other end in TLS and in TCP, as Go does; its direction stays open. */
  @Override
  public void shutdownOutput() throws IOException {
    tls.shutdownOutput();
    if (!underneath.isOutputShutdown()) {
      underneath.shutdownOutput();
    }
  }

  /** Closes the socket below, since closing TLS would wait for a thread that is blocked in it. */
  @Override
  public void close() {
    Closing.quietly(channel);
  }

  @Override
  public String toString() {
    return peer;
  }
}
