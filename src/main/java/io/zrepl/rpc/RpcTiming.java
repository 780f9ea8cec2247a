package io.zrepl.rpc;

import java.time.Duration;

/**
 * How patient connections are. The protocol fixes the values; tests shorten them.
 *
 * @param handshake for banner and label together
 * @param request until a complete request without its stream must have arrived, heartbeats or not
 * @param heartbeat after so long without sending anything, a heartbeat is sent
 * @param silence after so long without a byte from the other end, or without being able to send
 *     one, it counts as dead
 * @param shutdown for the closing of a connection
 */
public record RpcTiming(
    Duration handshake, Duration request, Duration heartbeat, Duration silence, Duration shutdown) {

  /** Those of the protocol. */
  public static final RpcTiming DEFAULT =
      new RpcTiming(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10));
}
