package io.zrepl.zfs;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from the standard error of a listing that only some of what was asked for is missing. */
final class MissingNames {
  private static final Pattern MISSING =
      Pattern.compile(
          "cannot open '(.*)': (dataset does not exist|no such pool or dataset|no such pool)\\.?");
  private static final String NOTHING_FOUND = "no datasets available";

  private MissingNames() {}

  /**
   * The names that ZFS says do not exist.
   *
   * @param asked all names that may be missing
   * @return empty if it complains about anything else, so that the listing failed
   */
  static Optional<Set<String>> parse(String errors, Set<String> asked) {
    Set<String> missing = new HashSet<>();
    for (String line : errors.lines().toList()) {
      Matcher matcher = MISSING.matcher(line);
      if (matcher.matches() && asked.contains(matcher.group(1))) {
        missing.add(matcher.group(1));
      } else if (!line.isBlank() && !line.equals(NOTHING_FOUND)) {
        return Optional.empty();
      }
    }
    return Optional.of(missing);
  }
}
