package io.zrepl.daemon;

/**
 * How the daemon is asked to end.
 *
 * <pre>
 * state      asked to    next
 * running    shut down   finishing: what runs ends by itself, nothing is begun
 * running    stop        stopping: everything is cancelled
 * finishing  either      stopping
 * </pre>
 *
 * May be used by any thread.
 */
final class Ending {
  /** What is to be done. */
  enum State {
    RUNNING,
    FINISHING,
    STOPPING
  }

  // guarded by this
  private State state = State.RUNNING;

  /** Asks to end at once. */
  synchronized void stop() {
    state = State.STOPPING;
    notifyAll();
  }

  /** Asks to end after the running steps; asked twice, at once. */
  synchronized void shutDown() {
    state = state == State.RUNNING ? State.FINISHING : State.STOPPING;
    notifyAll();
  }

  synchronized State state() {
    return state;
  }

  /** Waits until it is another state than that, and tells which. */
  synchronized State awaitOtherThan(State old) throws InterruptedException {
    while (state == old) {
      wait();
    }
    return state;
  }
}
