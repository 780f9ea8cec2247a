package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Zfs;
import java.util.Set;
import java.util.TreeSet;

/** Tells a pool that is not there from a dataset that is not there. */
final class PoolCheck {
  private PoolCheck() {}

  /** Those of the pools that are not imported, in order. One command. */
  static Set<DatasetPath> notImported(Zfs zfs, Set<DatasetPath> pools)
      throws OperationException, InterruptedException {
    return new TreeSet<>(zfs.datasets(DatasetSelection.exactly(pools)).missing());
  }

  static OperationException notImported(DatasetPath pool) {
    return new OperationException(
        FailureScope.POOL,
        true,
        "pool '%s' is not imported".formatted(pool),
        "import it with 'zpool import %s'".formatted(pool),
        null);
  }
}
