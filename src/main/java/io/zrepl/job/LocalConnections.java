package io.zrepl.job;

import io.zrepl.endpoint.Receiver;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Where jobs of the same daemon find each other (transport {@code local}): direct calls, no bytes
 * in between. May be used by any thread.
 */
public final class LocalConnections {

  /** A job that can be connected to. */
  @FunctionalInterface
  public interface Acceptor {
    /**
     * Makes the receiver of one connection.
     *
     * @throws OperationException if the client cannot be served
     */
    Receiver accept(ClientIdentity client) throws OperationException;
  }

  // guarded by this; several sinks may share a name, then the first one serves
  private final Map<String, Acceptor> listeners = new HashMap<>();

  /** Makes one without listeners. */
  public LocalConnections() {}

  /**
   * Lets a job be found.
   *
   * @param listenerName under which name
   * @param accept gives each connection a receiver of its own
   * @return false if another job has that name
   */
  public synchronized boolean listen(String listenerName, Acceptor accept) {
    boolean added = listeners.putIfAbsent(listenerName, accept) == null;
    notifyAll();
    return added;
  }

  /** Lets the job not be found any more. */
  public synchronized void close(String listenerName, Acceptor accept) {
    listeners.remove(listenerName, accept);
  }

  /**
   * Connects to a job.
   *
   * @param timeout how long to wait for it to listen; zero waits for ever
   * @throws OperationException if it does not listen in time
   */
  public Receiver connect(String listenerName, ClientIdentity client, Duration timeout)
      throws OperationException, InterruptedException {
    return listener(listenerName, timeout).accept(client);
  }

  private synchronized Acceptor listener(String listenerName, Duration timeout)
      throws OperationException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Acceptor listener = listeners.get(listenerName);
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
            "give a sink job: serve: {type: local, listener_name: " + listenerName + "}",
            null);
      }
      wait(left / 1_000_000 + 1);
    }
  }
}
