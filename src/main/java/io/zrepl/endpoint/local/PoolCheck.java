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

  /**
   * Requires pools to be imported. One command, none for no pool.
   *
   * @throws OperationException temporary, of the scope of a pool: somebody may import it again
   */
  static void requireImported(Zfs zfs, Set<DatasetPath> pools)
      throws OperationException, InterruptedException {
    if (pools.isEmpty()) {
      return;
    }
    Set<DatasetPath> missing = zfs.datasets(DatasetSelection.exactly(pools)).missing();
    if (!missing.isEmpty()) {
      throw notImported(new TreeSet<>(missing).first());
    }
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
