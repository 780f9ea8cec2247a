package io.zrepl.transport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** A connection whose other end has sent all it will ever send, and takes everything. */
public final class MemoryConnection implements Connection {
  private final ByteBuffer incoming;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  private MemoryConnection(byte[] incoming) {
    this.incoming = ByteBuffer.wrap(incoming);
  }

  /** Sends these bytes, then ends. */
  public static MemoryConnection of(byte[] incoming) {
    return new MemoryConnection(incoming);
  }

  /** What was written to it. */
  public synchronized byte[] sent() {
    return sent.toByteArray();
  }

  @Override
  public String peer() {
    return "memory";
  }

  @Override
  public int read(ByteBuffer buffer) {
    if (!incoming.hasRemaining()) {
      return -1;
    }
    int count = Math.min(buffer.remaining(), incoming.remaining());
    buffer.put(incoming.slice(incoming.position(), count));
    incoming.position(incoming.position() + count);
    return count;
  }

  @Override
  public synchronized int write(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    sent.writeBytes(bytes);
    return bytes.length;
  }

  @Override
  public void shutdownOutput() {}

  @Override
  public void close() {}
}
