package io.zrepl.replicate.run;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * Who gets the next of a fixed number of slots.
 *
 * <p>First those with the fewest failures in a row, so that what works is not held up by what does
 * not; among these the one with the oldest snapshot to send, so that all filesystems come near to
 * the same age; then whoever waits longest. One owner thread.
 *
 * @param <T> what waits
 */
final class StepQueue<T> {
  private record Waiting<T>(T item, int failures, Instant date, long arrival) {}

  private final PriorityQueue<Waiting<T>> waiting =
      new PriorityQueue<>(
          Comparator.<Waiting<T>>comparingInt(Waiting::failures)
              .thenComparing(Waiting::date)
              .thenComparingLong(Waiting::arrival));
  private int freeSlots;
  private long arrivals;

  /**
   * Makes an empty queue.
   *
   * @param slots at least 1
   */
  StepQueue(int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("at least one slot is needed: " + slots);
    }
    freeSlots = slots;
  }

  void add(T item, int failures, Instant date) {
    waiting.add(new Waiting<>(item, failures, date, arrivals++));
  }

  /** Takes a slot for the first that waits; empty if nobody waits or no slot is free. */
  Optional<T> admit() {
    if (freeSlots == 0 || waiting.isEmpty()) {
      return Optional.empty();
    }
    freeSlots--;
    return Optional.of(waiting.remove().item());
  }

  /** Gives back a slot that {@link #admit} took. */
  void release() {
    freeSlots++;
  }

  void removeIf(Predicate<T> condition) {
    waiting.removeIf(entry -> condition.test(entry.item()));
  }
}
