package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a side has, read with a fixed number of commands and then kept current with our own actions,
 * so that questions about single filesystems need no further command.
 *
 * <p>It is a memory, not a judge: before anything is destroyed or sent, name and guid are read
 * again. A surprise invalidates the filesystem in question, which is then read again when somebody
 * asks for it.
 *
 * <p>Any thread may call. One lock guards everything and is held while everything is loaded: who
 * asks meanwhile wants what is being loaded, and a change made meanwhile comes on top. It is not
 * held while a single filesystem is read again, so that a slow pool does not delay what happens in
 * others; if we change that filesystem meanwhile, it is read once more.
 */
final class Inventory {

  /** Reads from ZFS. */
  interface Loader {
    /** Everything that the endpoint covers. */
    Everything all() throws OperationException, InterruptedException;

    /**
     * One filesystem, empty if it does not exist.
     *
     * @throws OperationException also if it is there and cannot be read
     */
    Optional<FilesystemState> one(DatasetPath filesystem)
        throws OperationException, InterruptedException;
  }

  /**
   * Everything that an endpoint covers.
   *
   * @param states what could be read
   * @param unreadable what is there besides: who asks for it hears why it cannot be read
   */
  record Everything(Collection<FilesystemState> states, Set<DatasetPath> unreadable) {}

  /** Which inventory it is, for who must not keep what it knows. Compared by identity. */
  static final class Identity {}

  private final Identity identity = new Identity();
  private final Loader loader;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock. Null until loaded.
  private @Nullable NavigableMap<DatasetPath, FilesystemState> filesystems;
  private final Set<DatasetPath> invalid = new HashSet<>();
  private final Map<DatasetPath, Reading> readings = new HashMap<>();
  private final Condition readingEnded = lock.newCondition();

  /** A filesystem that is being read again. Guarded by lock. */
  private static final class Reading {
    /** Whether what is read may be older than what we know. */
    boolean overtaken;
  }

  Inventory(Loader loader) {
    this.loader = loader;
  }

  Identity identity() {
    return identity;
  }

  /** Reads everything anew and returns it, in the order of the paths. */
  List<FilesystemState> reload() throws OperationException, InterruptedException {
    lock.lockInterruptibly();
    try {
      return List.copyOf(load().values());
    } finally {
      lock.unlock();
    }
  }

  /** Everything as it is known now, in the order of the paths; loads it only if nothing is. */
  List<FilesystemState> current() throws OperationException, InterruptedException {
    lock.lockInterruptibly();
    try {
      NavigableMap<DatasetPath, FilesystemState> known = filesystems;
      return List.copyOf((known == null ? load() : known).values());
    } finally {
      lock.unlock();
    }
  }

  private NavigableMap<DatasetPath, FilesystemState> load()
      throws OperationException, InterruptedException {
    NavigableMap<DatasetPath, FilesystemState> loaded = new TreeMap<>();
    Everything everything = loader.all();
    for (FilesystemState state : everything.states()) {
      loaded.put(state.dataset().path(), state);
    }
    filesystems = loaded;
    invalid.clear();
    invalid.addAll(everything.unreadable());
    readings.values().forEach(reading -> reading.overtaken = true);
    return loaded;
  }

  /** One filesystem; loads everything if nothing is, and reads this one again if it is invalid. */
  Optional<FilesystemState> find(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    lock.lockInterruptibly();
    try {
      NavigableMap<DatasetPath, FilesystemState> known = filesystems;
      if (known == null) {
        known = load();
      }
      while (invalid.contains(filesystem)) {
        if (readings.containsKey(filesystem)) {
          readingEnded.await();
        } else {
          readAgain(filesystem);
        }
        known = Objects.requireNonNull(filesystems);
      }
      return Optional.ofNullable(known.get(filesystem));
    } finally {
      lock.unlock();
    }
  }

  /** Called with the lock, which is not held while the command runs. */
  private void readAgain(DatasetPath filesystem) throws OperationException, InterruptedException {
    Reading reading = new Reading();
    readings.put(filesystem, reading);
    Optional<FilesystemState> read;
    lock.unlock();
    try {
      read = loader.one(filesystem);
    } finally {
      lock.lock();
      readings.remove(filesystem);
      readingEnded.signalAll();
    }
    NavigableMap<DatasetPath, FilesystemState> known = filesystems;
    if (!reading.overtaken && known != null) {
      known.remove(filesystem);
      read.ifPresent(state -> known.put(filesystem, state));
      invalid.remove(filesystem);
    }
  }

  private void overtake(DatasetPath filesystem) {
    Reading reading = readings.get(filesystem);
    if (reading != null) {
      reading.overtaken = true;
    }
  }

  /** What is known about one filesystem right now, valid or not; never runs a command. */
  Optional<FilesystemState> peek(DatasetPath filesystem) {
    lock.lock();
    try {
      return filesystems == null
          ? Optional.empty()
          : Optional.ofNullable(filesystems.get(filesystem));
    } finally {
      lock.unlock();
    }
  }

  /** Reads one filesystem again. */
  Optional<FilesystemState> refresh(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    invalidate(filesystem);
    return find(filesystem);
  }

  /** Adds a filesystem that came into being, or replaces what is known about it. */
  void put(FilesystemState state) {
    lock.lock();
    try {
      overtake(state.dataset().path());
      if (filesystems != null) {
        filesystems.put(state.dataset().path(), state);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes what one of our actions changed; nothing if the filesystem is not known. */
  void update(DatasetPath filesystem, UnaryOperator<FilesystemState> change) {
    lock.lock();
    try {
      overtake(filesystem);
      if (filesystems != null) {
        filesystems.computeIfPresent(filesystem, (path, state) -> change.apply(state));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes that what is known about a filesystem may be wrong. */
  void invalidate(DatasetPath filesystem) {
    lock.lock();
    try {
      overtake(filesystem);
      invalid.add(filesystem);
    } finally {
      lock.unlock();
    }
  }
}
