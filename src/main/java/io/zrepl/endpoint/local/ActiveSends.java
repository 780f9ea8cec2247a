package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.lock.DatasetActivity;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which filesystems a job is sending. One object per job, shared by all its senders (a source job
 * has one sender per connection).
 *
 * <p>Guarantees: what protects the steps of a filesystem is changed by one thread at a time; at
 * most one stream per filesystem is open. A second send does not wait, it fails with a temporary
 * error: two streams of one step would pull each other's holds away, and a peer that lost its
 * connection finds the old stream closed as soon as this side has noticed as well. What others do
 * with the filesystem (another job, a command beside the daemon) is kept apart by {@link
 * DatasetLocks}.
 */
public final class ActiveSends {
  private final Map<DatasetPath, Filesystem> filesystems = new ConcurrentHashMap<>();
  // An entry is changed only by whoever has the filesystem for itself.
  private final Map<DatasetPath, UnfinishedStep> unfinished = new ConcurrentHashMap<>();

  /** How long one waits for another thread of this job: it may wait for a txg, several times. */
  private static final Duration WAIT = Duration.ofMinutes(2);

  private final DatasetLocks locks;
  private final String who;
  private final Duration wait;

  /**
   * No stream is open.
   *
   * @param locks shared by all jobs of the daemon
   */
  public ActiveSends(DatasetLocks locks, JobId job) {
    this(locks, job, WAIT);
  }

  ActiveSends(DatasetLocks locks, JobId job, Duration wait) {
    this.locks = locks;
    this.who = "job \"%s\"".formatted(job);
    this.wait = wait;
  }

  private static final class Filesystem {
    private final ReentrantLock lock = new ReentrantLock();
    // Written by the holder of the lock and by whoever closes the stream.
    private volatile boolean sending;
    // Guarded by lock: the snapshot of the last send that was begun.
    private Optional<Guid> lastTo = Optional.empty();
    private final AtomicBoolean legacyCursorReported = new AtomicBoolean();
  }

  /**
   * Waits until no other thread changes what protects this filesystem's steps.
   *
   * @throws OperationException temporary, if this job or somebody else does for too long
   */
  Exclusive enter(DatasetPath path) throws OperationException, InterruptedException {
    Filesystem filesystem = of(path);
    if (!filesystem.lock.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          true,
          "cannot work on %s now: another step of %s has been placing or removing its holds and bookmarks for more than %d s"
              .formatted(path, who, wait.toSeconds()),
          "the pool may be suspended or very busy; see zpool status and the commands that zrepl status lists",
          null);
    }
    DatasetLocks.Held held = null;
    try {
      held = locks.enter(path, DatasetActivity.CONFIRM_STEP, who);
      return new Exclusive(path, filesystem, held);
    } finally {
      if (held == null) {
        filesystem.lock.unlock();
      }
    }
  }

  /**
   * Reserves a filesystem's snapshots for their destruction.
   *
   * @throws OperationException temporary, if it is being rolled back
   */
  DatasetLocks.Held enterDestroy(DatasetPath path) throws OperationException, InterruptedException {
    return locks.enter(path, DatasetActivity.DESTROY_SNAPSHOTS, who);
  }

  /** Whether this is the first time that somebody wants to warn of this filesystem's old cursor. */
  boolean warnOfLegacyCursor(DatasetPath path) {
    return of(path).legacyCursorReported.compareAndSet(false, true);
  }

  /**
   * What waits for the next step, by filesystem. Whoever changes it has {@linkplain #enter
   * entered}.
   */
  Map<DatasetPath, UnfinishedStep> unfinished() {
    return unfinished;
  }

  private Filesystem of(DatasetPath path) {
    return filesystems.computeIfAbsent(path, _ -> new Filesystem());
  }

  /** The right to change what protects a filesystem's steps. For one thread, which closes it. */
  final class Exclusive implements AutoCloseable {
    private final DatasetPath path;
    private final Filesystem filesystem;
    private final DatasetLocks.Held held;

    private Exclusive(DatasetPath path, Filesystem filesystem, DatasetLocks.Held held) {
      this.path = path;
      this.filesystem = filesystem;
      this.held = held;
    }

    /**
     * Notes that a stream is open until the result is run, by any thread, repeatedly if need be.
     *
     * @throws OperationException temporary, if one is open already, or the filesystem is in use for
     *     something else
     */
    Runnable beginSend(Guid to) throws OperationException, InterruptedException {
      if (filesystem.sending) {
        throw new OperationException(
            FailureScope.FILESYSTEM,
            true,
            "cannot send %s: this job is still sending it".formatted(path),
            "another connection may not have noticed yet that its peer is gone; try again later",
            null);
      }
      DatasetLocks.Held sending = locks.enter(path, DatasetActivity.SEND, who);
      filesystem.sending = true;
      filesystem.lastTo = Optional.of(to);
      return new Runnable() {
        private boolean ended; // guarded by this

        @Override
        public synchronized void run() {
          if (!ended) {
            ended = true;
            filesystem.sending = false;
            sending.close();
          }
        }
      };
    }

    /** Whether a send that leads to another snapshot has begun since. */
    boolean isOvertaken(Guid to) {
      return filesystem.lastTo.isPresent() && !filesystem.lastTo.get().equals(to);
    }

    @Override
    public void close() {
      held.close();
      filesystem.lock.unlock();
    }
  }
}
