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

  /** The client has had no connection for long: nothing of it needs to be kept. */
  default void forget(ClientIdentity client) {}
}
