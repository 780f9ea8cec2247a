package io.zrepl.replicate.run;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * Whose next step is estimated next, in a fixed number of slots over all filesystems. First those
 * that cannot start before their estimate, then by the date of the step: what is sent soon is
 * estimated soon. One estimate per filesystem at a time, so that a long plan holds up nobody, and
 * what was sent before its turn came is never estimated at all. One owner thread.
 */
final class EstimateQueue {
  private record Waiting(FilesystemWork work, boolean urgent, Instant date, long arrival) {}

  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(
          Comparator.comparing((Waiting entry) -> !entry.urgent())
              .thenComparing(Waiting::date)
              .thenComparingLong(Waiting::arrival));
  private final Map<FilesystemWork, StepProgress> running = new HashMap<>();
  private final int slots;
  private long arrivals;

  /**
   * Makes an empty queue.
   *
   * @param slots at least 1
   */
  EstimateQueue(int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("at least one slot is needed: " + slots);
    }
    this.slots = slots;
  }

  /** Queues a filesystem for the first of its open steps that has no estimate yet, if any. */
  void add(FilesystemWork work, boolean urgent) {
    work.nextToEstimate()
        .ifPresent(step ->
            waiting.add(new Waiting(work, urgent, step.step().to().creation(), arrivals++)));
  }

  /**
   * Takes a slot for the first that waits and has a step to estimate.
   *
   * @param stopped those that start no steps any more; they leave the queue
   */
  Optional<Admitted> admit(Predicate<FilesystemWork> stopped) {
    while (running.size() < slots && !waiting.isEmpty()) {
      FilesystemWork work = waiting.remove().work();
      if (stopped.test(work)) {
        continue;
      }
      Optional<StepProgress> step = work.nextToEstimate();
      if (step.isPresent() && !running.containsKey(work)) {
        running.put(work, step.get());
        return Optional.of(new Admitted(work, step.get()));
      }
    }
    return Optional.empty();
  }

  /** An estimate to be made. */
  record Admitted(FilesystemWork work, StepProgress step) {}

  /**
   * An estimate ended, well or not.
   *
   * @param bytes empty if there is none
   */
  void ended(FilesystemWork work, StepProgress step, OptionalLong bytes) {
    running.remove(work);
    step.estimated(bytes);
    work.estimateTried(step);
  }

  /** Nobody waits for the estimate of a filesystem any more. */
  void forget(FilesystemWork work) {
    running.remove(work);
  }

  /** The estimate that is being made for a filesystem. */
  Optional<StepProgress> running(FilesystemWork work) {
    return Optional.ofNullable(running.get(work));
  }

  boolean isIdle() {
    return running.isEmpty();
  }
}
