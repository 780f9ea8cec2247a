package io.zrepl.transport;

/** Where a passive job waits for its peers ({@code serve}). */
public sealed interface ServeSettings {

  /**
   * Jobs of the same daemon.
   *
   * @param listenerName the name by which they find it
   */
  record Local(String listenerName) implements ServeSettings {}
}
