package io.zrepl.config;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.base.DataSize;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import java.util.LinkedHashMap;
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
  protected Map<Field<?>, String> problems(Values values) {
    Map<Field<?>, String> problems = new LinkedHashMap<>();
    Optional<DataSize> rate = values.find(max);
    boolean unlimited = rate.filter(size -> size.bytes() < 0).isPresent();
    rate.filter(size -> size.bytes() == 0)
        .ifPresent(size ->
            problems.put(
                max,
                "%s a second: at least 1 B is needed; -1 B means no limit"
                    .formatted(size.format())));
    values
        .find(bucketCapacity)
        .filter(size -> size.bytes() == 0 || (!unlimited && rate.isPresent() && size.bytes() < 0))
        .ifPresent(size ->
            problems.put(bucketCapacity, "%s: at least 1 B is needed".formatted(size.format())));
    return problems;
  }

  @Override
  protected Optional<BandwidthLimit> build(Values values) {
    DataSize rate = values.get(max);
    return rate.bytes() < 0
        ? Optional.empty()
        : Optional.of(new BandwidthLimit(rate.bytes(), values.get(bucketCapacity).bytes()));
  }
}
