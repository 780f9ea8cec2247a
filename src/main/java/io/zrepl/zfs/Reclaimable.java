package io.zrepl.zfs;

import java.util.Map;
import java.util.OptionalLong;

/**
 * What destroying some snapshots of a filesystem would do.
 *
 * @param bytes how many bytes it would free; empty if ZFS does not say
 * @param refused the snapshots that ZFS would not destroy, as far as it can be known beforehand, by
 *     name without "@", with its words; such as one that has clones
 */
public record Reclaimable(OptionalLong bytes, Map<String, String> refused) {
  /** Nothing is known. */
  public static final Reclaimable UNKNOWN = new Reclaimable(OptionalLong.empty(), Map.of());

  /** There is nothing to destroy. */
  public static final Reclaimable NOTHING = new Reclaimable(OptionalLong.of(0), Map.of());

  /** Copies the map. */
  public Reclaimable {
    refused = Map.copyOf(refused);
  }
}
