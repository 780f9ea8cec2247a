package io.zrepl.rpc.frame;

import io.zrepl.base.ProgressMark;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.RpcTiming;
import io.zrepl.transport.ClosingStatistics;
import io.zrepl.transport.Connection;
import io.zrepl.transport.ConnectionEndedException;
import io.zrepl.transport.TimeLimit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection that carries frames, with heartbeats in both directions.
 *
 * <p>One thread reads and one writes; {@link #close} and {@link #abort} may be called by any. Where
 * nothing but heartbeats is expected while we write, {@link #watchPeer} reads them.
 *
 * <pre>
 * state          event                          next
 * open           close()                        closing: no frame is written or parsed any more
 * open           a frame SHUTDOWN comes         peer is closing: nothing is written any more
 * peer closing   close()                        closing
 * closing        SHUTDOWN sent, our direction ended, theirs read to its end within limits    closed
 * any            abort(), time over, failure of the connection                               closed
 * </pre>
 */
public final class FramedConnection implements AutoCloseable {
  /** So much of what the other end still sends is read while closing. */
  private static final long LONGEST_DRAIN = 64L << 20;

  private static final int DRAIN_BUFFER = 64 * 1024;
  private static final int MOST_EMPTY_FRAMES = 1000;

  private final Connection connection;
  private final RpcTiming timing;
  private final Liveness liveness;
  private final ReentrantLock writeLock = new ReentrantLock();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicBoolean heartbeatRuns = new AtomicBoolean();
  private final Thread keeper;
  private volatile boolean peerClosing;
  private volatile boolean readingStopped;
  private volatile @Nullable IOException death;
  private volatile @Nullable Thread watcher;
  private volatile @Nullable Runnable onPeerGone;
  private volatile @Nullable ProgressMark ownWork;
  private volatile @Nullable ProgressMark peersWork;

  // used by the reading thread only
  private final ByteBuffer header = ByteBuffer.allocateDirect(Frame.HEADER_BYTES);
  private int payloadLeft;
  private int emptyFrames;

  // used by the thread that sends a heartbeat
  private volatile long toldProgress;

  /** Takes a connection after its label; heartbeats begin. */
  public FramedConnection(Connection connection, RpcTiming timing) {
    this.connection = connection;
    this.timing = timing;
    this.liveness = new Liveness(timing, System.nanoTime());
    this.keeper = Thread.ofVirtual().name("keeper " + connection.peer()).start(this::keepAlive);
  }

  /** The other end, for messages. */
  public String peer() {
    return connection.peer();
  }

  // ---- reading

  /**
   * From now on heartbeats tell whether some work of this side gets on; only for a peer that
   * understands them.
   */
  public void tellProgress(ProgressMark work) {
    ownWork = work;
  }

  /** From now on a mark advances when the other end tells that its work gets on. */
  public void followProgress(ProgressMark work) {
    peersWork = work;
  }

  /**
   * Reads up to the payload of the next frame that is no heartbeat. The payload of the one before
   * must have been read.
   *
   * @throws PeerClosingException if the other end closes the connection
   * @throws ConnectionEndedException if it ended it without saying so
   * @throws DeadPeerException if it gave no sign of life
   * @throws ProtocolException if it sent something else
   */
  public Frame.OfMessage nextFrame() throws IOException {
    if (payloadLeft > 0) {
      throw new IllegalStateException("the payload was not read");
    }
    while (true) {
      if (readingStopped) {
        throw new IOException("what comes is not wanted any more");
      }
      header.clear();
      while (header.hasRemaining()) {
        requireMore(readSome(header));
      }
      switch (Frame.parse(header.flip())) {
        case Frame.Heartbeat _ -> liveness.heartbeatReceived(System.nanoTime());
        case Frame.Progress _ -> {
          liveness.heartbeatReceived(System.nanoTime());
          ProgressMark work = peersWork;
          if (work != null) {
            work.advance();
          }
        }
        case Frame.Shutdown _ -> {
          peerClosing = true;
          throw new PeerClosingException(peer());
        }
        case Frame.OfMessage next -> {
          requireProgress(next);
          payloadLeft = next.length();
          return next;
        }
      }
    }
  }

  /** Frames without contents are no sign that the other end gets on. */
  private void requireProgress(Frame.OfMessage frame) throws ProtocolException {
    emptyFrames = frame.length() > 0 || frame instanceof Frame.End ? 0 : emptyFrames + 1;
    if (emptyFrames > MOST_EMPTY_FRAMES) {
      throw new ProtocolException("%d frames without contents".formatted(emptyFrames));
    }
  }

  /**
   * Reads some of the payload.
   *
   * @param buffer with room
   * @return how many bytes, at least 1, or -1 after the last one
   */
  public int readPayload(ByteBuffer buffer) throws IOException {
    if (payloadLeft == 0) {
      return -1;
    }
    int end = buffer.limit();
    try {
      buffer.limit(Math.min(end, buffer.position() + payloadLeft));
      int count = requireMore(readSome(buffer));
      payloadLeft -= count;
      return count;
    } finally {
      buffer.limit(end);
    }
  }

  /**
   * Lets reading fail, now or with the next frame that comes, heartbeats included. Any thread may
   * call.
   */
  public void stopReading() {
    readingStopped = true;
  }

  private int readSome(ByteBuffer buffer) throws IOException {
    liveness.readBegins(System.nanoTime());
    try {
      return connection.read(buffer);
    } catch (IOException e) {
      throw cause(e);
    } finally {
      liveness.readEnds();
    }
  }

  private int requireMore(int count) throws IOException {
    if (count < 0) {
      throw cause(new ConnectionEndedException(peer()));
    }
    return count;
  }

  /** If we closed the connection ourselves, what happened is the reason for that. */
  private IOException cause(IOException failure) {
    IOException reason = death;
    return reason == null ? failure : reason;
  }

  /**
   * Reads what comes in a thread of its own while this side writes, so that the other end is seen
   * to be alive, or to close. No frame but heartbeats may come any more.
   *
   * @param onPeerGone run on a thread of its own when the other end closes, is dead, or the
   *     connection fails: nothing that is written will arrive any more. May be run more than once,
   *     and also after all was written
   */
  public void watchPeer(Runnable onPeerGone) {
    this.onPeerGone = onPeerGone;
    watcher =
        Thread.ofVirtual()
            .name("watcher " + peer())
            .start(() -> {
              try {
                Frame unexpected = nextFrame();
                throw new ProtocolException(
                    "a frame of type %s where nothing was expected".formatted(unexpected.type()));
              } catch (PeerClosingException e) {
                peerIsGone();
                long _ = drain();
              } catch (ConnectionEndedException e) {
                // It may have ended only its own direction, as Go's clients may after a request.
                // If it is gone, our heartbeats are answered with a reset.
              } catch (IOException e) {
                die(e);
              }
            });
  }

  /**
   * While nobody reads: what to do when a heartbeat cannot be sent, which is how a peer that is
   * gone is noticed then.
   *
   * @param action run on a thread of its own, perhaps more than once; null for nothing any more
   */
  public void whenPeerIsGone(@Nullable Runnable action) {
    onPeerGone = action;
  }

  // ---- writing

  /**
   * Writes a part of a message or stream.
   *
   * @param framed the payload from index {@link Frame#HEADER_BYTES} to the limit, never of one
   *     byte; the header is put before it
   * @throws PeerClosingException if the other end does not want more
   */
  public void writePart(Frame.Content content, ByteBuffer framed) throws IOException {
    int length = framed.limit() - Frame.HEADER_BYTES;
    if (length == 1) {
      // A Go peer would end at this.
      throw new IllegalArgumentException("a payload of one byte");
    }
    new Frame.Part(content, length).put(framed, 0);
    framed.position(0);
    write(framed);
  }

  /** Writes the end of a message or stream. */
  public void writeEnd() throws IOException {
    write(new Frame.End().bytes());
  }

  /** Writes a message with its end. */
  public void writeMessage(Frame.Content content, byte[] message) throws IOException {
    int offset = 0;
    while (offset < message.length) {
      int left = message.length - offset;
      // Not one byte for the last frame.
      int length = left == Frame.CHUNK + 1 ? Frame.CHUNK - 1 : left;
      length = Math.min(length, Frame.CHUNK);
      boolean last = length == left;
      ByteBuffer framed =
          ByteBuffer.allocate(Frame.HEADER_BYTES + length + (last ? Frame.HEADER_BYTES : 0));
      framed.position(Frame.HEADER_BYTES).put(message, offset, length);
      if (last) {
        new Frame.End().put(framed, framed.position());
      }
      if (length == 1) {
        throw new IllegalArgumentException("a message of one byte");
      }
      new Frame.Part(content, length).put(framed, 0);
      write(framed.clear());
      offset += length;
    }
    if (message.length == 0) {
      writeEnd();
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    writeLock.lock();
    try {
      if (peerClosing) {
        throw new PeerClosingException(peer());
      }
      if (closing.get()) {
        throw cause(new IOException("the connection is being closed"));
      }
      writeNow(bytes);
    } finally {
      writeLock.unlock();
    }
  }

  private void writeNow(ByteBuffer bytes) throws IOException {
    liveness.writeBegins(System.nanoTime());
    try {
      while (bytes.hasRemaining()) {
        connection.write(bytes);
        liveness.wrote(System.nanoTime());
      }
    } catch (IOException e) {
      throw cause(e);
    } finally {
      liveness.writeEnds(System.nanoTime());
    }
  }

  // ---- staying alive

  private void keepAlive() {
    try {
      while (!closing.get()) {
        long now = System.nanoTime();
        switch (liveness.at(now)) {
          case HEARTBEAT_DUE -> {
            // Also if none can be sent, else this would not sleep.
            liveness.heartbeatBegins(now);
            sendHeartbeat();
            Thread.sleep(liveness.untilNextCheck(now));
          }
          case SILENT -> die(new DeadPeerException(told("sent nothing")));
          case STUCK -> die(new DeadPeerException(told("took nothing of what we sent")));
          case ALIVE -> Thread.sleep(liveness.untilNextCheck(now));
        }
      }
    } catch (InterruptedException e) {
      // the connection is being closed
    }
  }

  private String told(String what) {
    return "%s %s for %d s: it is taken for dead"
        .formatted(peer(), what, timing.silence().toSeconds());
  }

  /** On a thread of its own, since the one that watches must not block. */
  private void sendHeartbeat() {
    if (peerClosing || !heartbeatRuns.compareAndSet(false, true)) {
      return;
    }
    Thread.ofVirtual()
        .name("heartbeat " + peer())
        .start(() -> {
          try {
            write(signOfLife().bytes());
          } catch (IOException e) {
            // Whoever reads finds out. Where only the watcher does, it may have ended already.
            if (onPeerGone != null && !peerClosing && !closing.get()) {
              die(e);
            }
          } finally {
            heartbeatRuns.set(false);
          }
        });
  }

  /** Called by one thread at a time. */
  private Frame signOfLife() {
    ProgressMark work = ownWork;
    long value = work == null ? 0 : work.value();
    if (value == toldProgress) {
      return new Frame.Heartbeat();
    }
    toldProgress = value;
    return new Frame.Progress();
  }

  private void die(IOException reason) {
    if (death == null) {
      death = reason;
    }
    abort();
    peerIsGone();
  }

  /** On a thread of its own: this one may be interrupted, or must not block. */
  private void peerIsGone() {
    Runnable action = onPeerGone;
    if (action != null) {
      Thread.ofVirtual().name("peer gone " + peer()).start(action);
    }
  }

  // ---- closing

  /**
   * Ends the connection at once, and what is blocked in it. For connections that failed, or whose
   * work was cancelled. May be repeated.
   */
  public void abort() {
    closing.set(true);
    keeper.interrupt();
    connection.close();
  }

  /**
   * Closes so that what was sent arrives: tells the other end, ends our direction, and reads theirs
   * to its end, for a limited time and number of bytes. May be repeated. No other thread may write.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    keeper.interrupt();
    long begun = System.nanoTime();
    try (TimeLimit _ = TimeLimit.start(timing.shutdown(), connection::close)) {
      sayGoodbye();
      Thread watching = watcher;
      long told = System.nanoTime();
      long drained = 0;
      if (watching == null) {
        drained = drain();
      } else {
        watching.join();
      }
      long end = System.nanoTime();
      ClosingStatistics.observer()
          .closed(drained, Duration.ofNanos(end - told), Duration.ofNanos(end - begun));
    } catch (IOException e) {
      // then without ceremony
      ClosingStatistics.observer().hardClosed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connection.close();
    }
  }

  private void sayGoodbye() throws IOException, InterruptedException {
    if (!writeLock.tryLock(timing.shutdown().toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("somebody is still writing");
    }
    try {
      writeNow(new Frame.Shutdown().bytes());
      connection.shutdownOutput();
    } finally {
      writeLock.unlock();
    }
  }

  private long drain() {
    ByteBuffer buffer = ByteBuffer.allocate(DRAIN_BUFFER);
    long left = LONGEST_DRAIN;
    try {
      int count;
      while (left > 0 && (count = connection.read(buffer.clear())) >= 0) {
        left -= count;
      }
    } catch (IOException e) {
      // closed by the other end or by the time limit
    }
    return LONGEST_DRAIN - left;
  }
}
