package io.zrepl.logging;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One outlet: lines are put into a bounded queue by whoever logs, who never waits, and brought to
 * the sink by a thread of its own. So an outlet that hangs or is gone delays nobody and takes no
 * line from another one.
 *
 * <p>While the sink cannot be reached, lines wait in the queue; those for which it has no room are
 * dropped and counted. The first failure of an outage and its end, with the number of dropped
 * lines, are log lines themselves, for all outlets.
 */
final class QueuedOutlet {
  /** How many lines wait at most. */
  static final int MOST_LINES = 10_000;

  private static final long MOST_CHARACTERS = 4_000_000;
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final Logger log = LoggerFactory.getLogger(QueuedOutlet.class);

  private final String label;
  private final LogLevel lowest;
  private final LineFormat format;
  private final LineSink sink;
  private final Duration retryInterval;
  private final LogObserver observer;
  private final Thread writer;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // guarded by lock
  private final Deque<Line> queue = new ArrayDeque<>();
  private long characters;
  private long dropped;
  private boolean ending;

  // of the writer alone
  private boolean open;
  private boolean troubled;
  private Duration wait;

  private record Line(LogLevel level, String text) {}

  /**
   * An outlet that starts with {@link #start}.
   *
   * @param label how log lines and metrics call it
   * @param lowest lines below are left out
   * @param retryInterval how long to wait after a failure; doubles up to a minute
   */
  QueuedOutlet(
      String label,
      LogLevel lowest,
      LineFormat format,
      LineSink sink,
      Duration retryInterval,
      LogObserver observer) {
    this.label = label;
    this.lowest = lowest;
    this.format = format;
    this.sink = sink;
    this.retryInterval = retryInterval;
    this.observer = observer;
    this.wait = retryInterval;
    this.writer = Thread.ofPlatform().daemon().name("log " + label).unstarted(this::write);
  }

  /** Begins to write. */
  void start() {
    writer.start();
  }

  /** The lowest level of the lines that this outlet wants. */
  LogLevel lowest() {
    return lowest;
  }

  /** Takes a line, if it is one that this outlet wants. Does not wait; any thread may call. */
  void accept(LogEntry entry) {
    if (entry.level().compareTo(lowest) < 0) {
      return;
    }
    Line line = new Line(entry.level(), format.line(entry));
    boolean taken;
    lock.lock();
    try {
      taken =
          !ending
              && queue.size() < MOST_LINES
              && (queue.isEmpty() || characters + line.text().length() <= MOST_CHARACTERS);
      if (taken) {
        queue.addLast(line);
        characters += line.text().length();
        changed.signalAll();
      } else {
        dropped++;
      }
    } finally {
      lock.unlock();
    }
    if (!taken) {
      observer.dropped(label);
    }
  }

  /** Takes no more lines; those that wait are still written. Does not wait for that. */
  void end() {
    lock.lock();
    try {
      ending = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until everything is written after {@link #end}, and gives up what is not by then.
   *
   * @param patience how long to wait at most
   */
  void awaitEnd(Duration patience) {
    try {
      if (patience.isPositive()) {
        writer.join(patience);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sink.close();
    writer.interrupt();
  }

  private void write() {
    try {
      Line line = next();
      while (line != null) {
        if (delivered(line)) {
          remove(line);
        } else if (pause()) {
          break;
        }
        line = next();
      }
    } catch (InterruptedException e) {
      // given up by awaitEnd
    } finally {
      sink.close();
    }
  }

  private boolean delivered(Line line) {
    try {
      if (!open) {
        sink.open();
        open = true;
      }
      sink.write(line.level(), line.text());
    } catch (IOException | RuntimeException e) {
      open = false;
      sink.close();
      if (!troubled) {
        troubled = true;
        log.atError().addKeyValue("outlet", label).addKeyValue("err", e).log("outlet error");
      }
      return false;
    }
    if (troubled || hasDropped()) {
      log.atWarn()
          .addKeyValue("outlet", label)
          .addKeyValue("dropped_lines", forgetDropped())
          .log(troubled ? "the outlet works again" : "the outlet was too slow for all lines");
      troubled = false;
      wait = retryInterval;
    }
    return true;
  }

  /** The next line, which stays in the queue; null if there are none and none will come. */
  private @Nullable Line next() throws InterruptedException {
    lock.lock();
    try {
      while (queue.isEmpty() && !ending) {
        changed.await();
      }
      return queue.peekFirst();
    } finally {
      lock.unlock();
    }
  }

  private void remove(Line line) {
    lock.lock();
    try {
      queue.removeFirst();
      characters -= line.text().length();
    } finally {
      lock.unlock();
    }
  }

  /** Waits before another try; whether that is none, since the program ends. */
  private boolean pause() throws InterruptedException {
    long left = wait.toNanos();
    if (wait.compareTo(LONGEST_WAIT) < 0) {
      Duration doubled = wait.multipliedBy(2);
      wait = doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
    }
    lock.lock();
    try {
      while (!ending && left > 0) {
        left = changed.awaitNanos(left);
      }
      return ending;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasDropped() {
    lock.lock();
    try {
      // told only when there is room again, so that this line is not dropped itself
      return dropped > 0 && queue.size() < MOST_LINES / 2;
    } finally {
      lock.unlock();
    }
  }

  private long forgetDropped() {
    lock.lock();
    try {
      long result = dropped;
      dropped = 0;
      return result;
    } finally {
      lock.unlock();
    }
  }
}
