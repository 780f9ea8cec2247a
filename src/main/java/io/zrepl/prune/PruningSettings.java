package io.zrepl.prune;

import java.util.List;

/**
 * What an active job keeps. A snapshot that no rule keeps is destroyed.
 *
 * @param keepSender rules for the sender, not empty
 * @param keepReceiver rules for the receiver, not empty
 */
public record PruningSettings(List<KeepRule> keepSender, List<KeepRule> keepReceiver) {
  /** Copies the lists. */
  public PruningSettings {
    keepSender = List.copyOf(keepSender);
    keepReceiver = List.copyOf(keepReceiver);
  }
}
