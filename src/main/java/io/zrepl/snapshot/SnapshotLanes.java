package io.zrepl.snapshot;

import io.zrepl.base.TaskGroup;
import io.zrepl.model.DatasetPath;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Where rounds take snapshots side by side, so that a pool that hangs, or slow hooks, stop nobody
 * else: a round waits a while for all its lanes and then goes on without those that still work. The
 * rounds that follow have to leave these out.
 *
 * <p>Any thread.
 */
final class SnapshotLanes implements AutoCloseable {
  /** How long a round waits for all its lanes if nobody says otherwise. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * Those of a pool that are taken one after the other, or by one command.
   *
   * @param pool the pool
   * @param withHooks whether it is the filesystems with hooks, or those without
   */
  record Lane(DatasetPath pool, boolean withHooks) {
    @Override
    public String toString() {
      return withHooks ? pool + " with hooks" : pool.toString();
    }
  }

  private final TaskGroup tasks = new TaskGroup("snapshot");
  private final RequestableSleep sleep;
  private final Duration patience;
  private final Runnable afterLate;

  // guarded by this
  private final Set<Lane> busy = new HashSet<>();
  private final Set<Lane> late = new HashSet<>();

  /**
   * All are free.
   *
   * @param sleep for waiting within a lane
   * @param patience how long a round waits for its lanes, by the monotonic clock
   * @param afterLate called when a lane is done for which the round did not wait
   */
  SnapshotLanes(RequestableSleep sleep, Duration patience, Runnable afterLate) {
    this.sleep = sleep;
    this.patience = patience;
    this.afterLate = afterLate;
  }

  /** Waits, within a lane. */
  void pause(Duration time) throws InterruptedException {
    sleep.pause(time);
  }

  /** Whether something still works there. */
  synchronized boolean isBusy(Lane lane) {
    return busy.contains(lane);
  }

  /**
   * Works in these lanes, which are free, and waits until they are done, but not for ever.
   *
   * @return those that still work
   * @throws InterruptedException if the caller was interrupted; the work goes on until {@link
   *     #close}
   */
  Set<Lane> run(Map<Lane, TaskGroup.Task> work) throws InterruptedException {
    synchronized (this) {
      busy.addAll(work.keySet());
    }
    work.forEach((lane, task) -> {
      if (!tasks.fork(lane.toString(), () -> run(lane, task))) {
        boolean _ = release(lane);
      }
    });
    synchronized (this) {
      long deadline = System.nanoTime() + patience.toNanos();
      long left = patience.toNanos();
      while (!Collections.disjoint(busy, work.keySet()) && left > 0) {
        // rounded up: waiting zero milliseconds would mean for ever
        wait(left / 1_000_000 + 1);
        left = deadline - System.nanoTime();
      }
      Set<Lane> still = new HashSet<>(work.keySet());
      still.retainAll(busy);
      late.addAll(still);
      return still;
    }
  }

  /**
   * Waits until nothing works any more.
   *
   * @throws InterruptedException if the caller was interrupted; the work goes on until {@link
   *     #close}
   */
  synchronized void awaitAll() throws InterruptedException {
    while (!busy.isEmpty()) {
      wait();
    }
  }

  private void run(Lane lane, TaskGroup.Task task) throws InterruptedException {
    boolean wasLate;
    try {
      task.run();
    } finally {
      wasLate = release(lane);
    }
    if (wasLate) {
      afterLate.run();
    }
  }

  /** Whether its round did not wait for it. */
  private synchronized boolean release(Lane lane) {
    busy.remove(lane);
    notifyAll();
    return late.remove(lane);
  }

  /** Interrupts what still works and waits for it. */
  @Override
  public void close() {
    tasks.close();
  }
}
