package io.zrepl.replicate.run;

import io.zrepl.base.ProgressMark;
import io.zrepl.base.TaskGroup;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;

/**
 * Performs activities, each on a virtual thread of its own that ends with exactly one event, and
 * knows how far each of them is. Used by one owner thread.
 */
final class ActivityTasks implements AutoCloseable {
  /** For killing children and handing those that do not die to the reaper. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private record Running(ProgressMark mark, Optional<TaskGroup.Started> task) {}

  /** What is done for an activity. */
  interface Work {
    ReplicationEvent perform() throws InterruptedException;
  }

  private final TaskGroup tasks = new TaskGroup("replication");
  private final Map<Activity, Running> running = new HashMap<>();
  private final BlockingQueue<ReplicationEvent> events;
  private final Logger log;

  /**
   * Makes one that does nothing yet.
   *
   * @param events where to report
   */
  ActivityTasks(BlockingQueue<ReplicationEvent> events, Logger log) {
    this.events = events;
    this.log = log;
  }

  /** Begins an activity. */
  void start(Activity activity, Work work) {
    ProgressMark mark = new ProgressMark();
    String name = activity.describe();
    running.put(
        activity, new Running(mark, tasks.start(name, () -> perform(activity, name, mark, work))));
  }

  private void perform(Activity activity, String name, ProgressMark mark, Work work)
      throws InterruptedException {
    ReplicationEvent event = null;
    try {
      event = mark.during(work::perform);
    } catch (RuntimeException | Error e) {
      log.error("defect in zrepl while performing: {}", name, e);
      event =
          activity.failed(
              Failure.permanent(
                  activity.side(),
                  "defect in zrepl: " + e,
                  Optional.of("please report it, with the log of the daemon")));
    } finally {
      events.add(
          event == null
              ? activity.failed(
                  Failure.permanent(
                      activity.side(), "cancelled while it was running", Optional.empty()))
              : event);
    }
  }

  /** Interrupts an activity, which then reports soon; nothing if it has ended. */
  void cancel(Activity activity) {
    Optional.ofNullable(running.get(activity))
        .flatMap(Running::task)
        .ifPresent(TaskGroup.Started::interrupt);
  }

  /** An event has been taken from the queue. */
  void ended(ReplicationEvent event) {
    event.ends().ifPresent(running::remove);
  }

  /** Whether nothing runs. */
  boolean isIdle() {
    return running.isEmpty();
  }

  /** Whether a step runs. */
  boolean hasSteps() {
    return running.keySet().stream().anyMatch(Activity.Stepping.class::isInstance);
  }

  /** How far each activity has moved. */
  Map<Activity, Long> marks() {
    Map<Activity, Long> marks = new HashMap<>();
    running.forEach((activity, state) -> marks.put(activity, state.mark().value()));
    return marks;
  }

  /** Ends everything, and waits for it; but not for ever, since the job must go on to prune. */
  @Override
  public void close() {
    List<String> left = tasks.cancelAndAwait(PATIENCE);
    if (!left.isEmpty()) {
      log.atError()
          .addKeyValue("tasks", left)
          .log("does not end although it was cancelled; nobody waits for it any more");
    }
  }
}
