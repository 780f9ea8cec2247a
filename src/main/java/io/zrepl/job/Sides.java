package io.zrepl.job;

import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;

/**
 * The two sides of one invocation.
 *
 * @param sender the side that has the data
 * @param receiver the side that keeps the copies
 * @param disconnect ends the connections of the one that is remote
 */
record Sides(Sender sender, Receiver receiver, Runnable disconnect) implements AutoCloseable {

  /** Sides without connections to end. */
  static Sides unconnected(Sender sender, Receiver receiver) {
    return new Sides(sender, receiver, () -> {});
  }

  @Override
  public void close() {
    disconnect.run();
  }
}
