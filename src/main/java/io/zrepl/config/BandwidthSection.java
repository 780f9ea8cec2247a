package io.zrepl.config;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.base.DataSize;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.InvalidFieldsException;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import java.util.Map;
import java.util.Optional;

/** {@code bandwidth_limit} of {@code send} and {@code recv}. */
final class BandwidthSection extends Section<Optional<BandwidthLimit>> {
  private final Field<DataSize> max =
      optional(
          "max",
          ConfigurationKinds.SIZE,
          "-1 B",
          "How much per second may pass, for example `40 MiB` (bytes) or `100 Mb` (bits). Negative: no limit.");
  private final Field<DataSize> bucketCapacity =
      optional(
          "bucket_capacity",
          ConfigurationKinds.SIZE,
          "128 KiB",
          "How much may pass at once after a pause.");

  BandwidthSection() {
    super("bandwidth limit", "How fast all streams of a job together may be.");
  }

  @Override
  protected Optional<BandwidthLimit> build(Values values) throws InvalidFieldsException {
    DataSize rate = values.get(max);
    DataSize capacity = values.get(bucketCapacity);
    boolean unlimited = rate.bytes() < 0;
    if (!unlimited && rate.bytes() == 0) {
      throw new InvalidFieldsException(
          Map.of(
              max,
              "%s a second: at least 1 B is needed; -1 B means no limit".formatted(rate.format())));
    }
    if (capacity.bytes() == 0 || (!unlimited && capacity.bytes() < 0)) {
      throw new InvalidFieldsException(
          Map.of(bucketCapacity, "%s: at least 1 B is needed".formatted(capacity.format())));
    }
    return unlimited
        ? Optional.empty()
        : Optional.of(new BandwidthLimit(rate.bytes(), capacity.bytes()));
  }
}
