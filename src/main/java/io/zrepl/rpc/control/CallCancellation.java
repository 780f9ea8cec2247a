package io.zrepl.rpc.control;

import io.grpc.Context;

/**
 * Interrupts the thread of a call when its client cancels it or is gone: what the call has started
 * must not go on for nobody. gRPC itself tells a handler only after it has returned.
 *
 * <pre>
 * event              effect
 * cancelled          the thread is interrupted, if the call still runs
 * call ends          from now on it is not interrupted; an interrupt of ours is taken back
 * </pre>
 */
final class CallCancellation implements Context.CancellationListener {
  private final Context context;
  private final Thread thread;
  // guarded by this
  private boolean ended;
  private boolean cancelled;

  private CallCancellation(Context context) {
    this.context = context;
    this.thread = Thread.currentThread();
  }

  /** Begins for the calling thread; {@link #end} must follow, on the same thread. */
  static CallCancellation watch(Context context) {
    CallCancellation result = new CallCancellation(context);
    context.addListener(result, Runnable::run);
    return result;
  }

  @Override
  public synchronized void cancelled(Context which) {
    if (!ended) {
      cancelled = true;
      thread.interrupt();
    }
  }

  /** Whether the client cancelled it while it ran. */
  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** The call has ended. */
  void end() {
    context.removeListener(this);
    synchronized (this) {
      if (!ended && cancelled) {
        boolean _ = Thread.interrupted();
      }
      ended = true;
    }
  }
}
