package io.zrepl.rpc.data;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The opening of a stream and the stream itself, which end when the client is gone, although
 * nothing is written that could fail: a stream that gives no data must not outlive its client.
 *
 * <pre>
 * state          event             next
 * opening        opened            open
 * opening        end()             gone: the opening thread is interrupted
 * open           end()             gone: the stream is aborted
 * gone           opened            gone: the stream is aborted at once
 * </pre>
 */
final class Sending {
  /** Opens the stream. */
  @FunctionalInterface
  interface Opening {
    SendStream open() throws OperationException, InterruptedException;
  }

  // guarded by this
  private @Nullable Thread opening;
  private @Nullable SendStream stream;
  private boolean gone;

  /**
   * Opens the stream on the calling thread.
   *
   * @throws IOException if the client has gone meanwhile
   * @throws InterruptedException if somebody else interrupted the thread
   */
  SendStream open(Opening how) throws IOException, OperationException, InterruptedException {
    begin();
    try {
      SendStream opened = how.open();
      if (!opened(opened)) {
        opened.abort();
        opened.close();
        throw new IOException("the client has gone before its stream began");
      }
      return opened;
    } catch (InterruptedException e) {
      if (leave()) {
        throw new IOException("the client has gone before its stream began", e);
      }
      throw e;
    } finally {
      boolean _ = leave();
    }
  }

  private synchronized void begin() throws IOException {
    if (gone) {
      throw new IOException("the client has gone before its stream began");
    }
    opening = Thread.currentThread();
  }

  /** Whether there is somebody to send it to. */
  private synchronized boolean opened(SendStream opened) {
    stream = opened;
    return !leave();
  }

  /** From now on the thread is not interrupted by us; returns whether the client is gone. */
  private synchronized boolean leave() {
    if (opening != null && gone) {
      boolean _ = Thread.interrupted();
    }
    opening = null;
    return gone;
  }

  /** Ends it, since the client is gone. Any thread may call, repeatedly. */
  void end() {
    SendStream begun;
    synchronized (this) {
      if (opening != null && !gone) {
        opening.interrupt();
      }
      gone = true;
      begun = stream;
    }
    if (begun != null) {
      begun.abort();
    }
  }
}
