package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.zfs.SendFlags;
import java.util.Optional;

/**
 * How a job sends ({@code send}).
 *
 * @param flags options of {@code zfs send}
 * @param bandwidthLimit what all its streams together keep
 */
public record SendOptions(SendFlags flags, Optional<BandwidthLimit> bandwidthLimit) {
  /** Nothing set. */
  public static final SendOptions DEFAULT = new SendOptions(SendFlags.NONE, Optional.empty());
}
