package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which filesystems a job is sending. One object per job, shared by all its senders (a source job
 * has one sender per connection).
 *
 * <p>Guarantees: what protects the steps of a filesystem is changed by one thread at a time; at
 * most one stream per filesystem is open. A second send does not wait, it fails with a temporary
 * error: two streams of one step would pull each other's holds away, and a peer that lost its
 * connection finds the old stream closed as soon as this side has noticed as well.
 */
public final class ActiveSends {
  private final Map<DatasetPath, Filesystem> filesystems = new ConcurrentHashMap<>();

  private static final class Filesystem {
    private final ReentrantLock lock = new ReentrantLock();
    // Written by the holder of the lock and by whoever closes the stream.
    private volatile boolean sending;
    // Guarded by lock: the snapshot of the last send that was begun.
    private Optional<Guid> lastTo = Optional.empty();
  }

  /** Waits until no other thread changes what protects this filesystem's steps. */
  Exclusive enter(DatasetPath path) throws InterruptedException {
    Filesystem filesystem = filesystems.computeIfAbsent(path, _ -> new Filesystem());
    filesystem.lock.lockInterruptibly();
    return new Exclusive(path, filesystem);
  }

  /** The right to change what protects a filesystem's steps. For one thread, which closes it. */
  static final class Exclusive implements AutoCloseable {
    private final DatasetPath path;
    private final Filesystem filesystem;

    private Exclusive(DatasetPath path, Filesystem filesystem) {
      this.path = path;
      this.filesystem = filesystem;
    }

    /**
     * Notes that a stream is open until the result is run, by any thread, repeatedly if need be.
     *
     * @throws OperationException temporary, if one is open already
     */
    Runnable beginSend(Guid to) throws OperationException {
      if (filesystem.sending) {
        throw new OperationException(
            FailureScope.FILESYSTEM,
            true,
            "cannot send %s: this job is still sending it".formatted(path),
            "another connection may not have noticed yet that its peer is gone; try again later",
            null);
      }
      filesystem.sending = true;
      filesystem.lastTo = Optional.of(to);
      return new Runnable() {
        private boolean ended; // guarded by this

        @Override
        public synchronized void run() {
          if (!ended) {
            ended = true;
            filesystem.sending = false;
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
      filesystem.lock.unlock();
    }
  }
}
