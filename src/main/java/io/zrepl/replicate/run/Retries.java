package io.zrepl.replicate.run;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * Filesystems that wait for an instant at which they are tried again. Before that, both sides must
 * be listed anew; one listing serves all that are due, and listings keep a distance. One owner
 * thread.
 */
final class Retries {
  private record Retry(Instant at, FilesystemWork work) {}

  private final PriorityQueue<Retry> waiting =
      new PriorityQueue<>(
          Comparator.comparing(Retry::at).thenComparing(retry -> retry.work().path()));
  private final Duration gap;
  private Instant nextListing;

  /**
   * Makes an empty queue.
   *
   * @param gap how far listings are apart at least
   * @param now when the last listing began
   */
  Retries(Duration gap, Instant now) {
    this.gap = gap;
    this.nextListing = now;
  }

  void add(FilesystemWork work, Instant at) {
    waiting.add(new Retry(at, work));
  }

  /** When the next listing is due; empty if nothing waits. */
  Optional<Instant> deadline() {
    return Optional.ofNullable(waiting.peek())
        .map(Retry::at)
        .map(at -> at.isBefore(nextListing) ? nextListing : at);
  }

  /** Takes out all that are due and notes that a listing begins for them; empty if none is. */
  List<FilesystemWork> takeDue(Instant now) {
    List<FilesystemWork> due = new ArrayList<>();
    if (now.isBefore(nextListing)) {
      return due;
    }
    for (Retry next = waiting.peek();
        next != null && !next.at().isAfter(now);
        next = waiting.peek()) {
      due.add(next.work());
      waiting.remove();
    }
    if (!due.isEmpty()) {
      nextListing = now.plus(gap);
    }
    return due;
  }

  /** Makes all that wait due at once. */
  void wake(Instant now) {
    nextListing = now;
    List<Retry> all = new ArrayList<>(waiting);
    waiting.clear();
    for (Retry retry : all) {
      FilesystemStatus status = retry.work().status();
      if (status.phase() instanceof FilesystemPhase.Retry waits) {
        retry.work().become(status.in(waits.at(now)));
      }
      waiting.add(new Retry(now, retry.work()));
    }
  }

  void removeIf(Predicate<FilesystemWork> condition) {
    waiting.removeIf(retry -> condition.test(retry.work()));
  }
}
