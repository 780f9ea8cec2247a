package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.List;
import java.util.Map;

/** Who holds snapshots. Only asked about snapshots that are held although no rule keeps them. */
@FunctionalInterface
public interface HolderNames {
  /** Knows of none, as of a side on another machine. */
  HolderNames UNKNOWN = (filesystem, snapshots) -> Map.of();

  /**
   * The tags of the holds.
   *
   * @param filesystem as the pruned side calls it
   * @param snapshots names without "@", at least one
   * @return by the name of the snapshot; those without are left out
   */
  Map<String, List<String>> of(DatasetPath filesystem, List<String> snapshots)
      throws OperationException, InterruptedException;

  /** How a reason names them: {@code " (tag mine)"}; empty text for none. */
  static String text(List<String> tags) {
    if (tags.isEmpty()) {
      return "";
    }
    return (tags.size() == 1 ? " (tag " : " (tags ") + String.join(", ", tags) + ")";
  }
}
