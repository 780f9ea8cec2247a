package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What receivers of one daemon must not do at the same time. One object for all of them: several
 * connections, and even several jobs, may write below the same root.
 *
 * <p>Guarantees: placeholders are created by one thread at a time; at most one receive runs into a
 * dataset, a second one fails with a temporary error. Also remembers what one of them learnt about
 * a pool.
 */
public final class ReceiveLocks {
  private final ReentrantLock placeholders = new ReentrantLock();
  private final Set<DatasetPath> receiving = ConcurrentHashMap.newKeySet();

  private final PoolsWithoutResuming poolsWithoutResuming =
      new PoolsWithoutResuming(System::nanoTime);

  /** Which pools cannot keep partial state. */
  PoolsWithoutResuming poolsWithoutResuming() {
    return poolsWithoutResuming;
  }

  /** The right to do something; for one thread, which closes it. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits until no other thread creates placeholders. */
  Held enterPlaceholders() throws InterruptedException {
    placeholders.lockInterruptibly();
    return placeholders::unlock;
  }

  /**
   * Reserves a dataset for a receive.
   *
   * @throws OperationException temporary, if a receive runs into it
   */
  Held enterTarget(DatasetPath target) throws OperationException {
    if (!receiving.add(target)) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          true,
          "cannot receive into %s: another receive into it is still running".formatted(target),
          "another connection may not have noticed yet that its peer is gone; try again later",
          null);
    }
    return () -> receiving.remove(target);
  }
}
