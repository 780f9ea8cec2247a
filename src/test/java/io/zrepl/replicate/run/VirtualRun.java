package io.zrepl.replicate.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/**
 * Runs a driver in virtual time: actions take as long as a script says, and nothing else takes any
 * time.
 */
final class VirtualRun {
  /** What becomes of an action: an event after some time, computed when that time has come. */
  record Answer(Duration after, Supplier<ReplicationEvent> event) {}

  /** Performs actions. */
  interface World {
    List<Answer> perform(ReplicationAction action, Instant now);
  }

  private record Scheduled(Instant at, long order, Supplier<ReplicationEvent> event) {}

  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ReplicationDriver driver;
  private final World world;
  private final PriorityQueue<Scheduled> scheduled =
      new PriorityQueue<>(Comparator.comparing(Scheduled::at).thenComparingLong(Scheduled::order));
  private Instant now = START;
  private long order;
  private int events;

  VirtualRun(ReplicationDriver driver, World world) {
    this.driver = driver;
    this.world = world;
    perform(driver.on(new ReplicationEvent.Started(), now));
  }

  Instant now() {
    return now;
  }

  Duration elapsed() {
    return Duration.between(START, now);
  }

  int events() {
    return events;
  }

  /** Runs to the end. */
  void finish() {
    while (!driver.isFinished()) {
      next();
    }
    if (!scheduled.isEmpty()) {
      throw new AssertionError("finished while actions are being performed: " + scheduled);
    }
  }

  /** Gives the driver the next event. */
  void next() {
    if (++events > 100_000) {
      throw new AssertionError("does not come to an end: " + driver.report());
    }
    Optional<Instant> deadline = driver.deadline();
    Scheduled first = scheduled.peek();
    if (first == null && deadline.isEmpty()) {
      throw new AssertionError("stuck: " + driver.report());
    }
    if (first == null || (deadline.isPresent() && deadline.get().isBefore(first.at()))) {
      Instant at = deadline.orElseThrow();
      now = at.isBefore(now) ? now : at;
      perform(driver.on(new ReplicationEvent.TimePassed(), now));
    } else {
      scheduled.remove();
      now = first.at();
      perform(driver.on(first.event().get(), now));
    }
  }

  /** What the shell does when it is interrupted: all actions end without an event. */
  void cancel() {
    scheduled.clear();
    List<ReplicationAction> actions = driver.on(new ReplicationEvent.Cancelled(), now);
    if (!actions.isEmpty()) {
      throw new AssertionError("actions after the cancellation: " + actions);
    }
  }

  private void perform(List<ReplicationAction> actions) {
    for (ReplicationAction action : actions) {
      for (Answer answer : world.perform(action, now)) {
        scheduled.add(new Scheduled(now.plus(answer.after()), order++, answer.event()));
      }
    }
  }
}
