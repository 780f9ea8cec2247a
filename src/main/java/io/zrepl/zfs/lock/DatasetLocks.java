package io.zrepl.zfs.lock;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who works on which dataset. One object for all jobs of a daemon, or for a command; processes that
 * share a {@link LockFile} exclude each other as well.
 *
 * <p>Guarantees: activities that do not go together ({@link DatasetActivity}) never run at the same
 * time. Nobody waits longer than the patience given, so that there is no deadlock; then a temporary
 * error says who is in the way. What a killed process held is free.
 *
 * <p>Any thread may call. Not fair: whoever shares a resource gets it at once although another
 * waits to have it alone.
 */
public final class DatasetLocks {
  /** How long an activity waits for others to end. */
  public static final Duration WAIT = Duration.ofSeconds(10);

  /** How often to try while another process is in the way: the system tells nobody when it ends. */
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final @Nullable LockFile file;
  private final Duration wait;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();
  // Guarded by lock; only what is in use.
  private final Map<Key, Slot> slots = new HashMap<>();

  private record Key(DatasetPath dataset, DatasetActivity.Resource resource) {}

  private static final class Slot {
    private final List<String> users = new ArrayList<>();
    private final boolean alone;
    private final LockFile.@Nullable Held held;

    private Slot(boolean alone, LockFile.@Nullable Held held) {
      this.alone = alone;
      this.held = held;
    }
  }

  /** The right to do something with a dataset, until it is closed, by any thread. */
  public interface Held extends AutoCloseable {
    /** Gives it back; only the first call has an effect. */
    @Override
    void close();
  }

  /**
   * The end of a wait, which several calls may share.
   *
   * @param deadline by {@link System#nanoTime}
   */
  public record Patience(long deadline) {
    private long remaining() {
      return deadline - System.nanoTime();
    }
  }

  /**
   * Nobody works on anything yet.
   *
   * @param file shared with other processes; empty to exclude only each other within this process
   * @param wait how long an activity waits for others to end
   */
  public DatasetLocks(Optional<LockFile> file, Duration wait) {
    this.file = file.orElse(null);
    this.wait = wait;
  }

  /** For this process only. */
  public static DatasetLocks withinProcess() {
    return new DatasetLocks(Optional.empty(), WAIT);
  }

  /** As much as one activity has, from now on. */
  public Patience patience() {
    return new Patience(System.nanoTime() + wait.toNanos());
  }

  /**
   * Waits until the activity meets no other.
   *
   * @param who does it, for those who find it in their way: "job "push""
   * @throws OperationException temporary, if others are still in the way after the usual wait
   */
  public Held enter(DatasetPath dataset, DatasetActivity activity, String who)
      throws OperationException, InterruptedException {
    return enter(dataset, activity, who, patience());
  }

  /**
   * Waits until the activity meets no other.
   *
   * @throws OperationException temporary, if others are still in the way when patience ends
   */
  public Held enter(DatasetPath dataset, DatasetActivity activity, String who, Patience patience)
      throws OperationException, InterruptedException {
    Map<DatasetActivity.Resource, Boolean> needs = new EnumMap<>(activity.needs());
    List<Runnable> taken = new ArrayList<>();
    boolean done = false;
    lock.lockInterruptibly();
    try {
      for (Map.Entry<DatasetActivity.Resource, Boolean> need : needs.entrySet()) {
        taken.add(take(new Key(dataset, need.getKey()), need.getValue(), activity, who, patience));
      }
      done = true;
      return once(taken);
    } finally {
      if (!done) {
        taken.forEach(Runnable::run);
      }
      lock.unlock();
    }
  }

  private Held once(List<Runnable> taken) {
    return new Held() {
      private boolean closed; // guarded by lock

      @Override
      public void close() {
        lock.lock();
        try {
          if (!closed) {
            closed = true;
            taken.forEach(Runnable::run);
          }
        } finally {
          lock.unlock();
        }
      }
    };
  }

  /** Called, as what it returns, with the lock held; the lock is free while it waits. */
  private Runnable take(
      Key key, boolean alone, DatasetActivity activity, String who, Patience patience)
      throws OperationException, InterruptedException {
    while (true) {
      Slot slot = slots.get(key);
      boolean otherProcess = false;
      if (slot == null) {
        LockFile.Held held = file == null ? null : file.tryLock(position(key), alone).orElse(null);
        if (file == null || held != null) {
          slot = new Slot(alone, held);
          slots.put(key, slot);
          return use(key, slot, activity, who);
        }
        otherProcess = true;
      } else if (!slot.alone && !alone) {
        return use(key, slot, activity, who);
      }
      long remaining = patience.remaining();
      if (remaining <= 0) {
        throw busy(key, activity, slot);
      }
      long pause = otherProcess ? Math.min(POLL_NANOS, remaining) : remaining;
      var _ = freed.awaitNanos(pause); // the next turn tells what has changed
    }
  }

  private Runnable use(Key key, Slot slot, DatasetActivity activity, String who) {
    String user = "%s (to %s it)".formatted(who, activity.verb());
    slot.users.add(user);
    return () -> {
      slot.users.remove(user);
      if (slot.users.isEmpty()) {
        slots.remove(key);
        if (slot.held != null) {
          slot.held.close();
        }
      }
      freed.signalAll();
    };
  }

  private OperationException busy(Key key, DatasetActivity activity, @Nullable Slot slot) {
    String user;
    if (slot != null) {
      user = String.join(", ", new LinkedHashSet<>(slot.users));
    } else {
      user = file == null ? "somebody" : file.holder(position(key));
    }
    return new OperationException(
        FailureScope.FILESYSTEM,
        true,
        "cannot %s %s now: it is in use by %s".formatted(activity.verb(), key.dataset(), user),
        "try again when that has ended",
        null);
  }

  private static long position(Key key) {
    return LockFile.position(key.dataset().toString(), key.resource().offset());
  }
}
