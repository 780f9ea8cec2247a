package io.zrepl.rpc.control;

import java.util.concurrent.Semaphore;

/**
 * How many bytes of requests one client can make us keep at once, over all its control connections.
 * Any thread may call.
 *
 * <p>Before a request is read, as much is put aside as it could have: gRPC tells the length only
 * when all is there. Until then the client's bytes stay in the window of its stream. Once the
 * request is there, only what it really has stays put aside, until its answer is sent.
 *
 * <pre>
 * event                      put aside for the call
 * headers came               the largest request; waits until that is free
 * request came               its length, at least {@link #LEAST}
 * answer sent, or call over  nothing
 * </pre>
 */
public final class RequestBudget {
  /** Of one request; Go's clients send no more. */
  static final int LARGEST = 4 << 20;

  /** So that the number of calls under way, and so of answers, is bounded too. */
  static final int LEAST = 1 << 20;

  private static final int UNIT = 1024;

  private final Semaphore free;

  /**
   * One of which nothing is used.
   *
   * @param bytes in all; not less than one request may have
   */
  public RequestBudget(int bytes) {
    this.free = new Semaphore(Math.max(bytes, LARGEST) / UNIT, true);
  }

  /** What one call uses. */
  final class Share {
    // guarded by this
    private int units = LARGEST / UNIT;

    private Share() {}

    /** The request is there. */
    synchronized void arrived(int bytes) {
      int needed = (Math.clamp(bytes, LEAST, LARGEST) + UNIT - 1) / UNIT;
      if (needed < units) {
        free.release(units - needed);
        units = needed;
      }
    }

    /** Gives all back; may be repeated. */
    synchronized void giveBack() {
      free.release(units);
      units = 0;
    }
  }

  /** Puts aside what a request may have; calls get it in the order in which they ask. */
  Share take() throws InterruptedException {
    free.acquire(LARGEST / UNIT);
    return new Share();
  }

  /** Bytes that are not put aside. */
  int free() {
    return free.availablePermits() * UNIT;
  }
}
