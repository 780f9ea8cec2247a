package io.zrepl.job;

import io.zrepl.endpoint.Endpoint;
import io.zrepl.model.OperationException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that is connected by the first call that needs it, so that a peer that cannot be
 * reached fails the replication with its reason, and leaves the pruning of the other side alone. A
 * failed attempt to connect is repeated by the next call.
 *
 * @param <E> the kind of endpoint
 */
final class LazyConnection<E extends Endpoint> {

  /** Makes the connection. */
  @FunctionalInterface
  interface Connector<E extends Endpoint> {
    E connect() throws OperationException, InterruptedException;
  }

  private final Connector<E> connector;
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private @Nullable E connected;

  LazyConnection(Connector<E> connector) {
    this.connector = connector;
  }

  /** The endpoint; any thread may call. */
  E get() throws OperationException, InterruptedException {
    lock.lockInterruptibly();
    try {
      E endpoint = connected;
      if (endpoint == null) {
        endpoint = connector.connect();
        connected = endpoint;
      }
      return endpoint;
    } finally {
      lock.unlock();
    }
  }
}
