package io.zrepl.zfs;

import io.zrepl.model.SnapshotPath;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from the standard error of {@code zfs snapshot} which snapshots it refused. */
final class SnapshotMessages {
  private static final Pattern REFUSED = Pattern.compile("cannot create snapshot '([^']*)': (.*)");
  private static final Pattern MISSING = Pattern.compile("cannot open '([^']*)': (.*)");

  private SnapshotMessages() {}

  /** The snapshots that ZFS names, with its reasons. */
  static Map<SnapshotPath, String> culprits(String errors, Collection<SnapshotPath> asked) {
    Map<String, String> refused = reasons(REFUSED, errors);
    Map<String, String> missing = reasons(MISSING, errors);
    Map<SnapshotPath, String> culprits = new HashMap<>();
    for (SnapshotPath snapshot : asked) {
      String reason =
          refused.getOrDefault(
              snapshot.toString(), missing.getOrDefault(snapshot.filesystem().toString(), ""));
      if (!reason.isEmpty()) {
        culprits.put(snapshot, reason);
      }
    }
    return culprits;
  }

  private static Map<String, String> reasons(Pattern pattern, String errors) {
    Map<String, String> reasons = new HashMap<>();
    for (String line : errors.lines().toList()) {
      Matcher matcher = pattern.matcher(line);
      if (matcher.matches()) {
        reasons.putIfAbsent(matcher.group(1), matcher.group(2));
      }
    }
    return reasons;
  }
}
