package io.zrepl.endpoint;

import io.zrepl.model.OperationException;

/** The side that keeps the copies. */
public interface Receiver extends Endpoint {

  /**
   * Receives a stream, creating placeholders above the filesystem where needed, and verifies the
   * guid of what arrived. Returns when ZFS has it; the caller still closes the stream.
   */
  void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException;
}
