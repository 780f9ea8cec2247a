package io.zrepl.zfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * Our end of a child's pipe, which knows whose turn it is. While we are inside a read or write, or
 * after the last one, the child must get on; otherwise it waits for us, and not for its own fault.
 */
abstract class WatchedPipe implements Channel {
  private final Channel pipe;
  // written by the thread that reads or writes, read by whoever watches
  private volatile boolean childsTurn;
  private volatile boolean ended;

  private WatchedPipe(Channel pipe) {
    this.pipe = pipe;
  }

  /** Whether we wait for the child. */
  boolean isChildsTurn() {
    return childsTurn || ended || !pipe.isOpen();
  }

  /** A read or write. */
  interface Transfer {
    /** Does it; gives the number of bytes. */
    int run() throws IOException;
  }

  final int waiting(Transfer transfer) throws IOException {
    childsTurn = true;
    try {
      int count = transfer.run();
      ended = count < 0;
      return count;
    } finally {
      childsTurn = false;
    }
  }

  @Override
  public boolean isOpen() {
    return pipe.isOpen();
  }

  @Override
  public void close() throws IOException {
    pipe.close();
  }

  /** The child's output. */
  static final class Output extends WatchedPipe implements ReadableByteChannel {
    private final ReadableByteChannel channel;

    Output(ReadableByteChannel channel) {
      super(channel);
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
      return waiting(() -> channel.read(buffer));
    }
  }

  /** The child's input. */
  static final class Input extends WatchedPipe implements WritableByteChannel {
    private final WritableByteChannel channel;

    Input(WritableByteChannel channel) {
      super(channel);
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
      return waiting(() -> channel.write(buffer));
    }
  }
}
