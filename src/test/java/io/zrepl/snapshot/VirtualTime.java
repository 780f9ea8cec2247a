package io.zrepl.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.TreeMap;

/**
 * A wall clock that moves only when somebody sleeps or works, and that can be set. Sleeping beyond
 * its end interrupts the sleeper.
 */
final class VirtualTime implements InstantSource, RequestableSleep {
  private final Duration end;
  private final TreeMap<Duration, Duration> jumps = new TreeMap<>();
  private Instant wall;
  private Duration elapsed = Duration.ZERO;
  private Runnable onSleep = () -> {};
  private boolean requested;

  VirtualTime(Instant start, Duration end) {
    this.wall = start;
    this.end = end;
  }

  /** Sets the clock forward, or back, when so much time has really passed. */
  void jump(Duration at, Duration by) {
    jumps.merge(at, by, Duration::plus);
  }

  /** Runs at the end of each sleep. */
  void onSleep(Runnable action) {
    onSleep = action;
  }

  /** How much time has really passed. */
  synchronized Duration elapsed() {
    return elapsed;
  }

  /** How many jumps were made after {@code from} until {@code to}. */
  synchronized int jumpsBetween(Duration from, Duration to) {
    return jumps.subMap(from, false, to, true).size();
  }

  @Override
  public synchronized Instant instant() {
    return wall;
  }

  /** Lets time pass. */
  synchronized void pass(Duration duration) {
    Duration after = elapsed.plus(duration);
    for (Duration by : jumps.subMap(elapsed, false, after, true).values()) {
      wall = wall.plus(by);
    }
    wall = wall.plus(duration);
    elapsed = after;
  }

  @Override
  public synchronized boolean sleep(Duration duration) throws InterruptedException {
    if (elapsed.plus(duration).compareTo(end) > 0) {
      throw new InterruptedException("the test is over");
    }
    if (!requested && duration.isPositive()) {
      pass(duration);
      onSleep.run();
    }
    boolean was = requested;
    requested = false;
    return was;
  }

  @Override
  public synchronized void pause(Duration time) throws InterruptedException {
    if (elapsed.plus(time).compareTo(end) > 0) {
      throw new InterruptedException("the test is over");
    }
    pass(time);
  }

  @Override
  public synchronized void request() {
    requested = true;
  }
}
