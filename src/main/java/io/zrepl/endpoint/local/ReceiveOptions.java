package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.model.PropertyName;
import io.zrepl.zfs.PlaceholderEncryption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a job receives ({@code recv}).
 *
 * @param placeholderEncryption how missing parents are created
 * @param inherit properties whose received values are not to count, in order
 * @param override properties that get a local value, in order
 * @param bandwidthLimit what all its streams together keep
 */
public record ReceiveOptions(
    PlaceholderEncryption placeholderEncryption,
    List<PropertyName> inherit,
    Map<PropertyName, String> override,
    Optional<BandwidthLimit> bandwidthLimit) {
  /** Copies list and map. */
  public ReceiveOptions {
    inherit = List.copyOf(inherit);
    override = Collections.unmodifiableMap(new LinkedHashMap<>(override));
  }

  /** Nothing set but how placeholders are created. */
  public static ReceiveOptions of(PlaceholderEncryption placeholderEncryption) {
    return new ReceiveOptions(placeholderEncryption, List.of(), Map.of(), Optional.empty());
  }
}
