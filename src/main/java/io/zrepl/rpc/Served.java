package io.zrepl.rpc;

import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;

/** What a client gets to use. */
public sealed interface Served {

  /** What both kinds can do. */
  Endpoint endpoint();

  /**
   * A source.
   *
   * @param sender the one of this client
   */
  record OfSender(Sender sender) implements Served {
    @Override
    public Endpoint endpoint() {
      return sender;
    }
  }

  /**
   * A sink.
   *
   * @param receiver the one of this client
   * @param inspector looks into streams
   */
  record OfReceiver(Receiver receiver, StreamInspector inspector) implements Served {
    @Override
    public Endpoint endpoint() {
      return receiver;
    }
  }

  /** Finds out what the protocol does not say: whether a stream has a base. */
  @FunctionalInterface
  interface StreamInspector {
    /** Looks at the first bytes of a stream; blocks until they are there. */
    Inspected inspect(SendStream stream);
  }

  /**
   * A stream that was looked at.
   *
   * @param fullStream whether it is known to have no base
   * @param stream to be read instead of the one that was looked at
   */
  record Inspected(boolean fullStream, SendStream stream) {}
}
