package io.zrepl.base;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Tasks that end together: virtual threads that their owner can interrupt and wait for.
 *
 * <p>Guarantees: after {@link #close} returned, no task runs any more and none can start. A task
 * that is forked after {@link #cancel} is not started. All methods may be called by any thread, but
 * no task may close its own group.
 */
public final class TaskGroup implements AutoCloseable {

  /** What a task does. */
  @FunctionalInterface
  public interface Task {
    /**
     * Runs on a virtual thread of its own.
     *
     * @throws InterruptedException if the group was cancelled; ends the task quietly
     */
    void run() throws InterruptedException;
  }

  private static final LongAdder ALL_RUNNING = new LongAdder();

  private final String name;
  // guarded by this
  private final Set<Thread> running = new HashSet<>();
  private boolean cancelled;

  /**
   * Makes an empty group.
   *
   * @param name first part of the names of its threads
   */
  public TaskGroup(String name) {
    this.name = name;
  }

  /**
   * Starts a task.
   *
   * @param taskName second part of its thread's name
   * @return false if the group is cancelled, so that the task was not started
   */
  public boolean fork(String taskName, Task task) {
    return start(taskName, task).isPresent();
  }

  /** A task that was started. */
  @FunctionalInterface
  public interface Started {
    /** Interrupts the task if it still runs; does not wait. */
    void interrupt();
  }

  /**
   * Starts a task that can be interrupted alone.
   *
   * @param taskName second part of its thread's name
   * @return empty if the group is cancelled, so that the task was not started
   */
  public synchronized Optional<Started> start(String taskName, Task task) {
    if (cancelled) {
      return Optional.empty();
    }
    Thread thread =
        Thread.ofVirtual().name(name + " " + taskName).unstarted(() -> runAndForget(task));
    running.add(thread);
    thread.start();
    return Optional.of(thread::interrupt);
  }

  private void runAndForget(Task task) {
    ALL_RUNNING.increment();
    try {
      task.run();
    } catch (InterruptedException e) {
      // The group is being cancelled; its owner knows.
    } finally {
      ALL_RUNNING.decrement();
      synchronized (this) {
        running.remove(Thread.currentThread());
        notifyAll();
      }
    }
  }

  /** Interrupts all tasks and lets none start any more. Does not wait. */
  public synchronized void cancel() {
    cancelled = true;
    running.forEach(Thread::interrupt);
  }

  /** How many tasks run in all groups of the program. */
  public static long allRunning() {
    return ALL_RUNNING.sum();
  }

  /** The names of the threads that still run, for telling what a shutdown waits for. */
  public synchronized List<String> running() {
    List<String> names = new ArrayList<>();
    running.forEach(thread -> names.add(thread.getName()));
    return names;
  }

  /** Waits until no task runs. */
  public synchronized void await() throws InterruptedException {
    while (!running.isEmpty()) {
      wait();
    }
  }

  /**
   * Cancels and waits for all tasks, but not for ever: for owners whose work may hang in something
   * that an interrupt cannot end. An interrupt of the caller does not end the wait; it is kept.
   *
   * @param patience how long to wait
   * @return the names of the threads that still run; normally none
   */
  public List<String> cancelAndAwait(Duration patience) {
    cancel();
    long deadline = System.nanoTime() + patience.toNanos();
    boolean interrupted = false;
    synchronized (this) {
      long left = patience.toNanos();
      while (!running.isEmpty() && left > 0) {
        try {
          // rounded up: waiting zero milliseconds would mean for ever
          wait(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        left = deadline - System.nanoTime();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return running();
  }

  /**
   * Cancels and waits for all tasks. An interrupt of the caller does not end the wait, since what
   * the tasks own must be given back first; it is kept.
   */
  @Override
  public void close() {
    cancel();
    boolean interrupted = false;
    synchronized (this) {
      while (!running.isEmpty()) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
