package io.zrepl.transport;

import io.zrepl.model.ClientIdentity;
import java.time.Duration;

/** How an active job reaches its peer ({@code connect}). */
public sealed interface ConnectSettings {

  /**
   * A sink or source of the same daemon.
   *
   * @param listenerName which one
   * @param clientIdentity as whom
   * @param dialTimeout how long to wait for the listener; zero waits for ever
   */
  record Local(String listenerName, ClientIdentity clientIdentity, Duration dialTimeout)
      implements ConnectSettings {}
}
