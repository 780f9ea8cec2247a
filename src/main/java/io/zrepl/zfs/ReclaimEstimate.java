package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much space {@code zfs destroy} would free, by {@code zfs destroy -nvp fs@a,b,c}. */
final class ReclaimEstimate {
  private static final Pattern LINE = Pattern.compile("(?m)^reclaim\\t([0-9]+)$");

  private ReclaimEstimate() {}

  /** Empty if ZFS does not say, or the snapshots need more than one command line. */
  static OptionalLong run(Commands commands, DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    List<List<String>> groups = ArgumentChunks.split(new TreeSet<>(names));
    if (groups.size() != 1) {
      // What two groups would free together is more than the sum of what each would alone.
      return OptionalLong.empty();
    }
    CommandResult result =
        commands.run(
            Command.query("zfs", "destroy", "-nvp")
                .addName(filesystem + "@" + String.join(",", groups.getFirst()))
                .build());
    return result.succeeded() ? parse(result.output()) : OptionalLong.empty();
  }

  static OptionalLong parse(String output) {
    Matcher matcher = LINE.matcher(output);
    try {
      return matcher.find()
          ? OptionalLong.of(Long.parseLong(matcher.group(1)))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // more than there are bytes in the world
    }
  }
}
