package io.zrepl.zfs;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses {@code zfs send -n -v -P}. */
final class EstimateParser {
  // The incremental source may be a bare name, as old versions print it.
  private static final Pattern LINE =
      Pattern.compile("(full\\t|incremental\\t[^\\t]+\\t)[^\\t]+@[^\\t]+(\\t(?<size>[0-9]+))?");

  private EstimateParser() {}

  /**
   * The size in bytes.
   *
   * @return empty if there is no line about a stream; an inner empty one if ZFS gives no size, or
   *     an absurd one, as OpenZFS does at times (issue 12265)
   */
  static Optional<OptionalLong> parse(String output) {
    for (String line : output.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        return Optional.of(size(matcher.group("size")));
      }
    }
    return Optional.empty();
  }

  private static OptionalLong size(@Nullable String digits) {
    if (digits == null) {
      return OptionalLong.empty();
    }
    try {
      long size = Long.parseLong(digits);
      return size == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(size);
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // more than 63 bits
    }
  }
}
