package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads from the standard error of {@code zfs destroy fs@a,b,c} which snapshots were refused. */
final class DestroyMessages {
  private static final String NONE_FOUND =
      "could not find any snapshots to destroy; check snapshot names.";

  private DestroyMessages() {}

  /** Whether none of the snapshots exist. */
  static boolean allMissing(String errors) {
    return errors.strip().equals(NONE_FOUND);
  }

  /** Whether the filesystem of the snapshots does not exist. */
  static boolean filesystemMissing(String errors, DatasetPath filesystem) {
    return MissingNames.parse(errors, Set.of(filesystem.toString()))
        .map(missing -> !missing.isEmpty())
        .orElse(false);
  }

  /**
   * The snapshots that ZFS refuses to destroy, each with the reason.
   *
   * @param names those that were to be destroyed
   * @return empty if there is any line that does not belong to such a refusal
   */
  static Optional<Map<String, String>> refused(
      String errors, DatasetPath filesystem, Set<String> names) {
    Map<String, String> reasons = new LinkedHashMap<>();
    boolean inListOfClones = false;
    for (String line : errors.lines().toList()) {
      boolean understood =
          addReason(line, "cannot destroy snapshot " + filesystem + "@", ": ", names, reasons)
              || addReason(line, "cannot destroy '" + filesystem + "@", "': ", names, reasons);
      if (understood) {
        inListOfClones = false;
      } else if (line.startsWith("use '-R' to destroy the following")) {
        inListOfClones = true;
      } else if (!inListOfClones || line.startsWith("cannot ")) {
        return Optional.empty();
      }
    }
    return reasons.isEmpty() ? Optional.empty() : Optional.of(reasons);
  }

  /** Names and reasons may both contain the delimiter; the longest name of ours counts. */
  private static boolean addReason(
      String line,
      String prefix,
      String delimiter,
      Set<String> names,
      Map<String, String> reasons) {
    if (!line.startsWith(prefix)) {
      return false;
    }
    String rest = line.substring(prefix.length());
    for (int end = rest.lastIndexOf(delimiter);
        end >= 0;
        end = rest.lastIndexOf(delimiter, end - 1)) {
      String name = rest.substring(0, end);
      if (names.contains(name)) {
        reasons.put(name, rest.substring(end + delimiter.length()));
        return true;
      }
      if (end == 0) {
        break;
      }
    }
    return false;
  }
}
