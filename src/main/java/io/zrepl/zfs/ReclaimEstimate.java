package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much space {@code zfs destroy} would free and what it would refuse, by {@code zfs destroy
 * -nvp fs@a,b,c}.
 */
final class ReclaimEstimate {
  private static final Pattern LINE = Pattern.compile("(?m)^reclaim\\t([0-9]+)$");

  private ReclaimEstimate() {}

  /** Knows nothing if the snapshots need more than one command line. */
  static Reclaimable run(Commands commands, DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    List<List<String>> groups = ArgumentChunks.split(new TreeSet<>(names));
    if (groups.size() != 1) {
      // What two groups would free together is more than the sum of what each would alone.
      return Reclaimable.UNKNOWN;
    }
    List<String> left = groups.getFirst();
    Map<String, String> refused = new TreeMap<>();
    while (!left.isEmpty()) {
      CommandResult result =
          commands.run(
              Command.query("zfs", "destroy", "-nvp")
                  .addName(filesystem + "@" + String.join(",", left))
                  .build());
      if (result.succeeded()) {
        return new Reclaimable(parse(result.output()), refused);
      }
      Optional<Map<String, String>> more =
          DestroyMessages.refused(result.errors(), filesystem, Set.copyOf(left));
      if (more.isEmpty()) {
        return new Reclaimable(OptionalLong.empty(), refused);
      }
      refused.putAll(more.get());
      left = left.stream().filter(name -> !refused.containsKey(name)).toList();
    }
    return new Reclaimable(OptionalLong.of(0), refused);
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
