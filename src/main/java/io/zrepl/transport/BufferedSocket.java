package io.zrepl.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The socket below TLS. The provider reads and writes one record of 16 KiB at a time, its header by
 * itself; here that becomes few large calls: reading takes what has come, and what is written can
 * be held back until several records are there.
 *
 * <p>One thread may read while another one writes.
 */
final class BufferedSocket extends ForwardingSocket {
  // Buffers begin small, for the many connections that carry no streams, and for those of
  // strangers.
  private static final int FIRST_BUFFER = 8 * 1024;
  private static final int LARGEST_READ_BUFFER = 256 * 1024;
  private static final int LARGEST_WRITE_BUFFER = 160 * 1024;
  // RFC 8446, 5.1 and 5.2: type, version, length.
  private static final int RECORD_HEADER = 5;
  private static final int APPLICATION_DATA = 23;

  private final Input input;
  private final Output output;

  BufferedSocket(Socket socket) throws IOException {
    super(socket);
    this.input = new Input(socket.getInputStream());
    this.output = new Output(socket.getOutputStream());
  }

  /**
   * The length of the next record if all of it has come and it says to be data; otherwise 0. To be
   * asked by the thread that reads.
   */
  int nextRecord() {
    return input.nextRecord();
  }

  /** What is written from now on waits for {@link #release}, as far as there is room. */
  void hold() {
    output.hold();
  }

  /** Writes what was held back, and holds no more. */
  void release() throws IOException {
    output.release();
  }

  private static final class Input extends InputStream {
    private final InputStream from;
    private byte[] buffer = new byte[FIRST_BUFFER];
    private int position;
    private int limit;
    // whether the last call gave as much as there was room for
    private boolean full;

    Input(InputStream from) {
      this.from = from;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (position == limit) {
        if (full && buffer.length < LARGEST_READ_BUFFER) {
          buffer = new byte[buffer.length * 2];
        }
        int count = from.read(buffer, 0, buffer.length);
        if (count < 0) {
          return -1;
        }
        position = 0;
        limit = count;
        full = count == buffer.length;
      }
      int count = Math.min(length, limit - position);
      System.arraycopy(buffer, position, target, offset, count);
      position += count;
      return count;
    }

    @Override
    public int available() throws IOException {
      return limit - position + from.available();
    }

    int nextRecord() {
      if (limit - position < RECORD_HEADER || buffer[position] != APPLICATION_DATA) {
        return 0;
      }
      int length = ((buffer[position + 3] & 0xff) << Byte.SIZE) | (buffer[position + 4] & 0xff);
      return limit - position >= RECORD_HEADER + length ? length : 0;
    }
  }

  private static final class Output extends OutputStream {
    private final OutputStream to;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private byte[] buffer = new byte[0];
    private boolean holding;
    private int filled;

    Output(OutputStream to) {
      this.to = to;
    }

    void hold() {
      lock.lock();
      try {
        holding = true;
      } finally {
        lock.unlock();
      }
    }

    void release() throws IOException {
      lock.lock();
      try {
        holding = false;
        writeHeld();
      } finally {
        lock.unlock();
      }
    }

    private void writeHeld() throws IOException {
      int count = filled;
      filled = 0;
      if (count > 0) {
        to.write(buffer, 0, count);
      }
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      lock.lock();
      try {
        if (!holding || length > LARGEST_WRITE_BUFFER - filled) {
          writeHeld();
        }
        if (!holding || length > LARGEST_WRITE_BUFFER) {
          to.write(bytes, offset, length);
          return;
        }
        if (length > buffer.length - filled) {
          int wanted = Math.max(filled + length, 2 * buffer.length);
          buffer = Arrays.copyOf(buffer, Math.min(wanted, LARGEST_WRITE_BUFFER));
        }
        System.arraycopy(bytes, offset, buffer, filled, length);
        filled += length;
      } finally {
        lock.unlock();
      }
    }

    /** Of each record, which is what is to be avoided. */
    @Override
    public void flush() {}
  }

  @Override
  public InputStream getInputStream() {
    return input;
  }

  @Override
  public OutputStream getOutputStream() {
    return output;
  }
}
