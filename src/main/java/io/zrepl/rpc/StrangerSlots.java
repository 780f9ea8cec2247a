package io.zrepl.rpc;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts connections whose client is not known yet: before they have shown who they are, peers can
 * use up only so much, and one address only its part. Any thread may call.
 */
final class StrangerSlots {
  private final int most;
  private final int mostOfOrigin;
  // guarded by this
  private final Map<String, Integer> byOrigin = new HashMap<>();
  private int all;

  StrangerSlots(ServerLimits limits) {
    this.most = limits.strangers();
    this.mostOfOrigin = limits.strangersOfOrigin();
  }

  synchronized boolean tryEnter(String origin) {
    int present = byOrigin.getOrDefault(origin, 0);
    if (all >= most || present >= mostOfOrigin) {
      return false;
    }
    all++;
    byOrigin.put(origin, present + 1);
    return true;
  }

  synchronized void leave(String origin) {
    all--;
    byOrigin.computeIfPresent(origin, (key, present) -> present == 1 ? null : present - 1);
  }
}
