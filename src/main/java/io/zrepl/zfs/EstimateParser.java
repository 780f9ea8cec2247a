package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses {@code zfs send -n -v -P}. */
final class EstimateParser {
  // The incremental source may be a bare name, as old versions print it.
  private static final Pattern LINE =
      Pattern.compile(
          "(full\\t|incremental\\t(?<from>[^\\t]+)\\t)(?<to>[^\\t]+@[^\\t]+)(\\t(?<size>[0-9]+))?");

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

  /**
   * The sizes in bytes of consecutive incremental steps.
   *
   * @param from name of the snapshot before the first target
   * @param targets names of the snapshots, oldest first
   * @return empty if the output does not tell of exactly these steps
   */
  static Optional<List<OptionalLong>> parseSteps(
      String output, DatasetPath filesystem, String from, List<String> targets) {
    List<OptionalLong> sizes = new ArrayList<>();
    String before = from;
    for (String line : output.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      if (sizes.size() == targets.size()
          || !isNameOf(matcher.group("from"), filesystem, before)
          || !matcher.group("to").equals(filesystem + "@" + targets.get(sizes.size()))) {
        return Optional.empty();
      }
      before = targets.get(sizes.size());
      sizes.add(size(matcher.group("size")));
    }
    return sizes.size() == targets.size() ? Optional.of(sizes) : Optional.empty();
  }

  private static boolean isNameOf(
      @Nullable String text, DatasetPath filesystem, String snapshotName) {
    return snapshotName.equals(text)
        || ("@" + snapshotName).equals(text)
        || (filesystem + "@" + snapshotName).equals(text);
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
