package io.zrepl.replicate.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** Filesystems that wait for an instant at which they are tried again. One owner thread. */
final class RetryQueue {
  private record Retry(Instant at, FilesystemWork work) {}

  private final PriorityQueue<Retry> waiting =
      new PriorityQueue<>(
          Comparator.comparing(Retry::at).thenComparing(retry -> retry.work().path()));

  void add(FilesystemWork work, Instant at) {
    waiting.add(new Retry(at, work));
  }

  /** The first instant at which one is due. */
  Optional<Instant> next() {
    return Optional.ofNullable(waiting.peek()).map(Retry::at);
  }

  /** Takes out all that are due. */
  List<FilesystemWork> takeDue(Instant now) {
    List<FilesystemWork> due = new ArrayList<>();
    for (Retry next = waiting.peek();
        next != null && !next.at().isAfter(now);
        next = waiting.peek()) {
      due.add(next.work());
      waiting.remove();
    }
    return due;
  }

  void removeIf(Predicate<FilesystemWork> condition) {
    waiting.removeIf(retry -> condition.test(retry.work()));
  }
}
