package io.zrepl.cli.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/** Bytes per second over the last answers of the daemon. For one thread. */
final class RateMeter {
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private record Sample(Instant time, long bytes) {}

  private final Deque<Sample> samples = new ArrayDeque<>();

  /** Notes what was replicated so far; less than before begins anew. */
  void note(Instant time, long bytes) {
    if (!samples.isEmpty()
        && (bytes < samples.getLast().bytes() || time.isBefore(samples.getLast().time()))) {
      samples.clear();
    }
    samples.addLast(new Sample(time, bytes));
    while (samples.size() > 2 && samples.getFirst().time().plus(WINDOW).isBefore(time)) {
      samples.removeFirst();
    }
  }

  /** Empty until there are two answers. */
  OptionalLong perSecond() {
    if (samples.size() < 2) {
      return OptionalLong.empty();
    }
    long millis = Duration.between(samples.getFirst().time(), samples.getLast().time()).toMillis();
    long bytes = samples.getLast().bytes() - samples.getFirst().bytes();
    return millis <= 0 ? OptionalLong.empty() : OptionalLong.of((long) (bytes * 1000.0 / millis));
  }
}
