package io.zrepl.job;

import io.zrepl.endpoint.Endpoint;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.transport.ConnectSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Where jobs of the same daemon find each other (transport {@code local}): direct calls, no bytes
 * in between. May be used by any thread.
 *
 * @param <E> what the listening jobs offer
 */
public final class LocalConnections<E extends Endpoint> {

  /**
   * A job that can be connected to.
   *
   * @param <E> what it offers
   */
  @FunctionalInterface
  public interface Acceptor<E extends Endpoint> {
    /**
     * Makes the endpoint of one connection.
     *
     * @throws OperationException if the client cannot be served
     */
    E accept(ClientIdentity client) throws OperationException;
  }

  // guarded by this; several jobs may share a name, then the first one serves
  private final Map<String, Acceptor<E>> listeners = new HashMap<>();

  /** Makes one without listeners. */
  public LocalConnections() {}

  /**
   * Lets a job be found.
   *
   * @param listenerName under which name
   * @param accept gives each connection an endpoint of its own
   * @return false if another job has that name
   */
  public synchronized boolean listen(String listenerName, Acceptor<E> accept) {
    boolean added = listeners.putIfAbsent(listenerName, accept) == null;
    notifyAll();
    return added;
  }

  /** Lets the job not be found any more. */
  public synchronized void close(String listenerName, Acceptor<E> accept) {
    listeners.remove(listenerName, accept);
  }

  /**
   * Connects to a job.
   *
   * @param settings which, as whom, and how long to wait for it to listen
   * @throws OperationException if it does not listen in time
   */
  public E connect(ConnectSettings.Local settings) throws OperationException, InterruptedException {
    return listener(settings.listenerName(), settings.dialTimeout())
        .accept(settings.clientIdentity());
  }

  private synchronized Acceptor<E> listener(String listenerName, Duration timeout)
      throws OperationException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Acceptor<E> listener = listeners.get(listenerName);
      if (listener != null) {
        return listener;
      }
      if (timeout.isZero()) {
        wait();
        continue;
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new OperationException(
            FailureScope.PEER,
            true,
            "no job of this daemon serves the local listener \"" + listenerName + "\"",
            "give a job of the other kind: serve: {type: local, listener_name: "
                + listenerName
                + "}",
            null);
      }
      wait(left / 1_000_000 + 1);
    }
  }
}
