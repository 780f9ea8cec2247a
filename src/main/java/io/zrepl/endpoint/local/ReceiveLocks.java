package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.lock.DatasetActivity;
import io.zrepl.zfs.lock.DatasetLocks;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What receivers of one daemon must not do at the same time. One object for all of them: several
 * connections, and even several jobs, may write below the same root.
 *
 * <p>Guarantees: in a pool, placeholders are created by one thread at a time; at most one receive
 * runs into a dataset, a second one fails with a temporary error. What others do with the dataset
 * is kept apart by {@link DatasetLocks}. Also remembers what one of them learnt about a pool.
 */
public final class ReceiveLocks {
  private static final String WHO = "a receiver of the daemon";

  /** By pool, so that a slow one does not delay others. */
  private final Map<DatasetPath, ReentrantLock> placeholders = new ConcurrentHashMap<>();

  private final Set<DatasetPath> receiving = ConcurrentHashMap.newKeySet();
  private final DatasetLocks locks;

  /**
   * Nothing is received yet.
   *
   * @param locks shared by all jobs of the daemon
   */
  public ReceiveLocks(DatasetLocks locks) {
    this.locks = locks;
  }

  /** For receivers that share nothing with others. */
  public ReceiveLocks() {
    this(DatasetLocks.withinProcess());
  }

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

  /** Waits until no other thread creates placeholders in that pool. */
  Held enterPlaceholders(DatasetPath pool) throws InterruptedException {
    ReentrantLock lock = placeholders.computeIfAbsent(pool, name -> new ReentrantLock());
    lock.lockInterruptibly();
    return lock::unlock;
  }

  /**
   * Reserves a dataset for a receive.
   *
   * @throws OperationException temporary, if a receive runs into it, or it is in use for something
   *     else
   */
  Held enterTarget(DatasetPath target) throws OperationException, InterruptedException {
    if (!receiving.add(target)) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          true,
          "cannot receive into %s: another receive into it is still running".formatted(target),
          "another connection may not have noticed yet that its peer is gone; try again later",
          null);
    }
    DatasetLocks.Held held = null;
    try {
      held = locks.enter(target, DatasetActivity.RECEIVE, WHO);
      DatasetLocks.Held taken = held;
      return () -> {
        taken.close();
        receiving.remove(target);
      };
    } finally {
      if (held == null) {
        receiving.remove(target);
      }
    }
  }

  /**
   * Reserves the snapshots of a dataset for a rollback.
   *
   * @throws OperationException temporary, if they are being sent or destroyed
   */
  Held enterRollback(DatasetPath target) throws OperationException, InterruptedException {
    return locks.enter(target, DatasetActivity.ROLL_BACK, WHO)::close;
  }

  /**
   * Reserves the snapshots of a dataset for their destruction.
   *
   * @throws OperationException temporary, if it is being rolled back
   */
  Held enterDestroy(DatasetPath target) throws OperationException, InterruptedException {
    return locks.enter(target, DatasetActivity.DESTROY_SNAPSHOTS, WHO)::close;
  }
}
