package io.zrepl.rpc;

import io.zrepl.model.ClientIdentity;
import io.zrepl.model.OperationException;

/** Gives each client what it may use. Any thread may call. */
@FunctionalInterface
public interface Endpoints {
  /**
   * The endpoint of a client: the same for all its connections, so that a step finds what the
   * listing found.
   *
   * @throws OperationException if the client cannot be served
   */
  Served of(ClientIdentity client) throws OperationException;

  /**
   * A data request of a client begins: a transfer, or a test of the connection.
   *
   * @throws OperationException if none may begin any more; then it does not end either
   */
  default void beginRequest(ClientIdentity client) throws OperationException {}

  /**
   * A data request has ended, well or not.
   *
   * @param bytes how much of its stream went through
   */
  default void endRequest(ClientIdentity client, long bytes) {}

  /** The client has had no connection for long: nothing of it needs to be kept. */
  default void forget(ClientIdentity client) {}
}
