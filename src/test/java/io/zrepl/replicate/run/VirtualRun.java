package io.zrepl.replicate.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/**
 * Runs a driver in virtual time: actions take as long as a script says, and nothing else takes any
 * time.
 */
final class VirtualRun {
  /**
   * What becomes of an action: an event after some time, computed when that time has come.
   *
   * @param key names the action in scripts
   */
  record Answer(String key, Duration after, Supplier<ReplicationEvent> event) {}

  /** Performs actions. */
  interface World {
    /** One answer for each of the action's activities, in their order. */
    List<Answer> perform(ReplicationAction action, Instant now);

    /** Whether an action makes no progress and never ends by itself. */
    default boolean stalls(String key) {
      return false;
    }

    /** Whether an action does not even end when it is cancelled. */
    default boolean isStubborn(String key) {
      return false;
    }

    /** An action was cancelled and has ended without an effect. */
    default void cancelled(Activity activity) {}
  }

  private record Scheduled(
      Instant at, long order, Activity activity, String key, Supplier<ReplicationEvent> event) {}

  private static final Instant NEVER = Instant.MAX;

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
    scheduled.removeIf(left -> world.isStubborn(left.key()));
    if (!scheduled.isEmpty()) {
      throw new AssertionError("finished while actions are being performed: " + scheduled);
    }
  }

  /** Runs until that much time has passed since the start. */
  void runUntil(Duration elapsed) {
    Instant end = START.plus(elapsed);
    while (!driver.isFinished() && nextInstant().map(at -> !at.isAfter(end)).orElse(false)) {
      next();
    }
    now = end;
  }

  /** Something from outside happens now. */
  void happen(ReplicationEvent event) {
    perform(driver.on(event, now));
  }

  private Optional<Instant> nextInstant() {
    Optional<Instant> deadline = driver.deadline();
    Scheduled first = scheduled.peek();
    if (first == null || deadline.map(at -> at.isBefore(first.at())).orElse(false)) {
      return deadline;
    }
    return Optional.of(first.at());
  }

  /** Gives the driver the next event. */
  void next() {
    if (++events > 100_000) {
      throw new AssertionError("does not come to an end: " + driver.report());
    }
    Optional<Instant> deadline = driver.deadline();
    Scheduled first = scheduled.peek();
    if (first != null && first.at().equals(NEVER)) {
      first = null;
    }
    if (first == null && deadline.isEmpty()) {
      throw new AssertionError("stuck: " + driver.report());
    }
    if (first == null || (deadline.isPresent() && deadline.get().isBefore(first.at()))) {
      Instant at = deadline.orElseThrow();
      now = at.isBefore(now) ? now : at;
      perform(driver.on(new ReplicationEvent.TimePassed(marks()), now));
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

  /** All that runs has moved since the last look, but for what stalls. */
  private Map<Activity, Long> marks() {
    Map<Activity, Long> marks = new HashMap<>();
    for (Scheduled each : scheduled) {
      if (!world.stalls(each.key()) && !world.isStubborn(each.key())) {
        marks.put(each.activity(), (long) events);
      }
    }
    return marks;
  }

  private void perform(List<ReplicationAction> actions) {
    for (ReplicationAction action : actions) {
      List<Answer> answers = world.perform(action, now);
      if (action instanceof ReplicationAction.Cancel cancel) {
        end(cancel.activity());
      }
      for (int i = 0; i < answers.size(); i++) {
        Answer answer = answers.get(i);
        boolean never = world.stalls(answer.key()) || world.isStubborn(answer.key());
        scheduled.add(
            new Scheduled(
                never ? NEVER : now.plus(answer.after()),
                order++,
                action.activities().get(i),
                answer.key(),
                answer.event()));
      }
    }
  }

  private void end(Activity activity) {
    for (Scheduled each : List.copyOf(scheduled)) {
      if (each.activity().equals(activity) && !world.isStubborn(each.key())) {
        scheduled.remove(each);
        scheduled.add(
            new Scheduled(
                now,
                order++,
                activity,
                each.key(),
                () -> {
                  world.cancelled(activity);
                  return activity.failed(
                      Failure.permanent(activity.side(), "cancelled", Optional.empty()));
                }));
      }
    }
  }
}
