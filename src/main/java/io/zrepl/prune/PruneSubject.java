package io.zrepl.prune;

import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import java.util.Optional;

/** What is pruned, and who knows what is replicated. */
public sealed interface PruneSubject {
  /** Which side it is. */
  PruneSide side();

  /** The endpoint whose snapshots are destroyed. */
  ListedEndpoint<?> target();

  /**
   * The sender of a replication.
   *
   * @param sender the sender
   * @param receiver where it sends to. Asked which versions it has: for filesystems without a
   *     replication cursor, and for others if it can be expected to answer; one that then does not
   *     does not prevent pruning
   * @param cursorsAreMade whether each replicated filesystem has a cursor. Then one without was
   *     never replicated, and there is no base that could be lost
   */
  record OfSender(
      ListedEndpoint<? extends Sender> sender,
      Optional<ListedEndpoint<? extends Receiver>> receiver,
      boolean cursorsAreMade)
      implements PruneSubject {
    /** A sender of which it is not known whether it makes cursors. */
    public OfSender(
        ListedEndpoint<? extends Sender> sender,
        Optional<ListedEndpoint<? extends Receiver>> receiver) {
      this(sender, receiver, false);
    }

    @Override
    public PruneSide side() {
      return PruneSide.SENDER;
    }

    @Override
    public ListedEndpoint<?> target() {
      return sender;
    }
  }

  /**
   * The receiver of a replication.
   *
   * @param receiver the receiver
   * @param sender where its data comes from
   */
  record OfReceiver(
      ListedEndpoint<? extends Receiver> receiver, ListedEndpoint<? extends Sender> sender)
      implements PruneSubject {
    @Override
    public PruneSide side() {
      return PruneSide.RECEIVER;
    }

    @Override
    public ListedEndpoint<?> target() {
      return receiver;
    }
  }

  /**
   * Filesystems that this job does not replicate.
   *
   * @param target the endpoint
   */
  record OfLocal(ListedEndpoint<? extends Endpoint> target) implements PruneSubject {
    @Override
    public PruneSide side() {
      return PruneSide.LOCAL;
    }
  }
}
