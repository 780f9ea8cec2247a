package io.zrepl.rpc;

import io.zrepl.rpc.control.RequestBudget;
import java.util.concurrent.Semaphore;

/** What one client uses of us at the moment. Any thread may call. */
final class ClientSlots {
  private final Semaphore requests;
  private final Semaphore waiting;
  private final Semaphore refusals = new Semaphore(ServerLimits.REFUSALS);
  private final Semaphore controls;
  private final RequestBudget budget;

  ClientSlots(ServerLimits limits) {
    requests = new Semaphore(limits.requests(), true);
    waiting = new Semaphore(limits.waiting());
    controls = new Semaphore(limits.controls());
    budget = new RequestBudget(limits.requestBytes());
  }

  boolean tryEnter() {
    return requests.tryAcquire();
  }

  /**
   * Waits for a slot.
   *
   * @return false if there is no place to wait
   */
  boolean awaitEntry() throws InterruptedException {
    if (!waiting.tryAcquire()) {
      return false;
    }
    try {
      requests.acquire();
      return true;
    } finally {
      waiting.release();
    }
  }

  void leave() {
    requests.release();
  }

  /** Whether one more request may be refused with words, which takes a moment. */
  boolean tryBeginRefusal() {
    return refusals.tryAcquire();
  }

  void endRefusal() {
    refusals.release();
  }

  boolean tryAddControl() {
    return controls.tryAcquire();
  }

  /** For all its control connections together. */
  RequestBudget budget() {
    return budget;
  }

  void removeControl() {
    controls.release();
  }
}
