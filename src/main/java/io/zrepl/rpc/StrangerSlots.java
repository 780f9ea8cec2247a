package io.zrepl.rpc;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts connections whose client is not known yet: before they have shown who they are, peers can
 * use up only so much, and one origin only its part. Any thread may call.
 *
 * <p>Nobody is kept out by connections that do nothing: where there is no place, the oldest one
 * makes room, of the same origin if that has its part, otherwise of the origin with most.
 */
final class StrangerSlots {
  private final int most;
  private final int mostOfOrigin;
  // guarded by this; the oldest first
  private final Map<String, Deque<Stranger>> byOrigin = new HashMap<>();
  private int all;
  private long entered;

  StrangerSlots(ServerLimits limits) {
    this.most = limits.strangers();
    this.mostOfOrigin = limits.strangersOfOrigin();
  }

  /** A connection that has its place until it leaves or must make room. */
  final class Stranger {
    private final String origin;
    private final Runnable evict;
    private final long number;

    private Stranger(String origin, Runnable evict, long number) {
      this.origin = origin;
      this.evict = evict;
      this.number = number;
    }

    /** Gives the place back; may be repeated, also after it was taken away. */
    void leave() {
      synchronized (StrangerSlots.this) {
        remove(this);
      }
    }
  }

  /**
   * Takes a place.
   *
   * @param evict ends the connection when it must make room; run by the thread of another one
   */
  Stranger enter(String origin, Runnable evict) {
    Stranger evicted = null;
    Stranger result;
    synchronized (this) {
      Deque<Stranger> same = byOrigin.get(origin);
      if (same != null && same.size() >= mostOfOrigin) {
        evicted = same.getFirst();
      } else if (all >= most) {
        evicted = oldestOfTheMost();
      }
      if (evicted != null) {
        remove(evicted);
      }
      result = new Stranger(origin, evict, entered++);
      byOrigin.computeIfAbsent(origin, key -> new ArrayDeque<>()).addLast(result);
      all++;
    }
    if (evicted != null) {
      evicted.evict.run();
    }
    return result;
  }

  private Stranger oldestOfTheMost() {
    return byOrigin.values().stream()
        .max(
            Comparator.<Deque<Stranger>>comparingInt(Deque::size)
                .thenComparingLong(each -> -each.getFirst().number))
        .orElseThrow()
        .getFirst();
  }

  private void remove(Stranger stranger) {
    Deque<Stranger> same = byOrigin.get(stranger.origin);
    if (same != null && same.remove(stranger)) {
      all--;
      if (same.isEmpty()) {
        byOrigin.remove(stranger.origin);
      }
    }
  }
}
