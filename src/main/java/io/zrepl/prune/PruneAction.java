package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.Snapshot;
import java.util.List;

/** What is to be done next in a prune run; each ends with one event. */
sealed interface PruneAction {

  /** List the filesystems of both sides. */
  record ListFilesystems() implements PruneAction {}

  /** Plan a filesystem. */
  record Plan(DatasetPath filesystem) implements PruneAction {}

  /** Destroy snapshots, at least one. */
  record Destroy(DatasetPath filesystem, List<Snapshot> snapshots) implements PruneAction {}
}
