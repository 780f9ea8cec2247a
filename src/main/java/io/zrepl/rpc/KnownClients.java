package io.zrepl.rpc;

import io.zrepl.model.ClientIdentity;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is kept of each client: as long as it has a connection, and for a while longer, so that it
 * finds it again when it comes back. A whole network may be allowed to connect, each address being
 * a client of its own. Any thread may call.
 */
final class KnownClients {
  static final Duration KEPT = Duration.ofHours(1);
  static final int MOST_KEPT = 1000;

  private final ServerLimits limits;
  private final Consumer<ClientIdentity> forget;
  private final LongSupplier nanoTime;
  // guarded by this
  private final Map<ClientIdentity, Client> all = new HashMap<>();
  private final Map<ClientIdentity, Long> leftAt = new LinkedHashMap<>(); // the oldest first

  /**
   * Knows none.
   *
   * @param forget told of each client that is not kept any more
   */
  KnownClients(ServerLimits limits, Consumer<ClientIdentity> forget, LongSupplier nanoTime) {
    this.limits = limits;
    this.forget = forget;
    this.nanoTime = nanoTime;
  }

  /** One client. */
  final class Client {
    private final ClientIdentity identity;
    private final ClientSlots slots = new ClientSlots(limits);
    private int connections; // guarded by KnownClients.this

    private Client(ClientIdentity identity) {
      this.identity = identity;
    }

    ClientSlots slots() {
      return slots;
    }

    /** One of its connections is over; called once for each. */
    void leave() {
      synchronized (KnownClients.this) {
        connections--;
        if (connections == 0) {
          leftAt.put(identity, nanoTime.getAsLong());
          evict();
        }
      }
    }
  }

  /** A client has one more connection. */
  synchronized Client enter(ClientIdentity identity) {
    leftAt.remove(identity);
    evict();
    Client client = all.computeIfAbsent(identity, Client::new);
    client.connections++;
    return client;
  }

  private void evict() {
    long now = nanoTime.getAsLong();
    Iterator<Map.Entry<ClientIdentity, Long>> oldest = leftAt.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<ClientIdentity, Long> each = oldest.next();
      if (now - each.getValue() < KEPT.toNanos() && leftAt.size() <= MOST_KEPT) {
        return;
      }
      oldest.remove();
      all.remove(each.getKey());
      forget.accept(each.getKey());
    }
  }

  synchronized int size() {
    return all.size();
  }
}
