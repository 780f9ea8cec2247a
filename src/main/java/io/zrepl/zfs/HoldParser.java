package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.SnapshotPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Parses {@code zfs holds -H}: name, tag and date, where the tag may contain anything. */
final class HoldParser {
  private HoldParser() {}

  /**
   * Parses the whole output.
   *
   * @param asked the snapshots asked for by name
   * @throws InvalidValueException if a line is not of that form, or about another snapshot
   */
  static List<Hold> parse(String output, Map<String, SnapshotPath> asked)
      throws InvalidValueException {
    List<Hold> holds = new ArrayList<>();
    for (String line : output.split("\n", -1)) {
      if (line.isEmpty()) {
        continue;
      }
      int nameEnd = line.indexOf('\t');
      int tagEnd = line.lastIndexOf('\t');
      SnapshotPath snapshot = nameEnd < 0 ? null : asked.get(line.substring(0, nameEnd));
      if (snapshot == null || tagEnd <= nameEnd) {
        throw new InvalidValueException("\"" + line + "\"");
      }
      holds.add(new Hold(snapshot, line.substring(nameEnd + 1, tagEnd)));
    }
    return holds;
  }
}
