package io.zrepl.job;

import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.prune.HolderNames;

/**
 * The two sides of one invocation.
 *
 * @param sender the side that has the data
 * @param receiver the side that keeps the copies
 * @param senderHolders who holds the snapshots of the sender
 * @param receiverHolders who holds those of the receiver
 * @param disconnect ends the connections of the one that is remote
 */
record Sides(
    Sender sender,
    Receiver receiver,
    HolderNames senderHolders,
    HolderNames receiverHolders,
    Runnable disconnect)
    implements AutoCloseable {

  /** Sides of which nobody knows who holds their snapshots. */
  Sides(Sender sender, Receiver receiver, Runnable disconnect) {
    this(sender, receiver, HolderNames.UNKNOWN, HolderNames.UNKNOWN, disconnect);
  }

  /** The same, where the sender is on this machine. */
  Sides withSenderHolders(HolderNames holders) {
    return new Sides(sender, receiver, holders, receiverHolders, disconnect);
  }

  /** The same, where the receiver is on this machine. */
  Sides withReceiverHolders(HolderNames holders) {
    return new Sides(sender, receiver, senderHolders, holders, disconnect);
  }

  /** Sides without connections to end. */
  static Sides unconnected(Sender sender, Receiver receiver) {
    return new Sides(sender, receiver, () -> {});
  }

  @Override
  public void close() {
    disconnect.run();
  }
}
