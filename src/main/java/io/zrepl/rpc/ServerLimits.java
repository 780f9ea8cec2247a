package io.zrepl.rpc;

import java.time.Duration;

/**
 * How much clients can ask of us at once.
 *
 * @param strangers connections whose client is not known yet, in all
 * @param strangersOfOrigin those of one address
 * @param requests data requests of one client that are worked on
 * @param waiting further ones of the client that wait for their turn; more are refused
 * @param controls control connections of one client
 * @param requestBytes of the control requests of one client that are kept, over all its connections
 */
public record ServerLimits(
    int strangers,
    int strangersOfOrigin,
    int requests,
    int waiting,
    int controls,
    int requestBytes) {
  /** More than any real setup needs, and little enough for a small machine. */
  public static final ServerLimits DEFAULT = new ServerLimits(128, 32, 64, 128, 32, 32 << 20);

  /** Data requests of one client that are being told that there are too many; others are cut. */
  static final int REFUSALS = 16;

  /** After a failed accept, for example since there are no descriptors left. */
  static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
}
