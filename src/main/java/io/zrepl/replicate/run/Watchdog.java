package io.zrepl.replicate.run;

import io.zrepl.base.StallWatch;
import io.zrepl.base.StallWatch.Stall;
import io.zrepl.base.UnitDuration;
import io.zrepl.model.FailureScope;
import io.zrepl.replicate.run.ReplicationAction.Cancel;
import io.zrepl.replicate.run.ReplicationEvent.Failed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Watches everything that is being done for a driver. What makes no progress is cancelled, and its
 * failure is told as a stall, which is tried again like any other temporary failure. What does not
 * even end then is given up: it fails for good, and whatever it answers later is ignored. A pure
 * state machine, see {@link StallWatch}; one owner thread.
 */
final class Watchdog {
  /**
   * How long what was cancelled may take to end. Killing a child and handing it to the reaper takes
   * some seconds.
   */
  static final Duration GRACE = Duration.ofMinutes(1);

  private final StallWatch<Activity> watch;
  private final Map<Activity, Failure> stalls = new HashMap<>();

  /**
   * What a look found.
   *
   * @param cancellations of what has stalled
   * @param lost the failures of what does not end
   */
  record Findings(List<Cancel> cancellations, List<ReplicationEvent> lost) {}

  Watchdog(Duration limit) {
    this.watch = new StallWatch<>(limit, GRACE);
  }

  /** These actions are being performed now. */
  void begin(List<ReplicationAction> actions, Instant now) {
    for (ReplicationAction action : actions) {
      if (action instanceof Cancel cancel) {
        watch.cancelled(cancel.activity(), now);
      }
      action.activities().forEach(activity -> watch.begin(activity, now));
    }
  }

  /** Whether an event does not end something, or ends what has not been given up. */
  boolean isAwaited(ReplicationEvent event) {
    return event.ends().map(watch::isWatching).orElse(true);
  }

  /**
   * Notes what an event ends.
   *
   * @return the event as the driver shall take it; empty if nobody waits for it any more
   */
  Optional<ReplicationEvent> accept(ReplicationEvent event) {
    Optional<Activity> ended = event.ends();
    if (ended.isEmpty()) {
      return Optional.of(event);
    }
    if (!watch.end(ended.get())) {
      return Optional.empty();
    }
    Failure stall = stalls.remove(ended.get());
    return Optional.of(
        stall != null && event instanceof Failed failed ? failed.because(stall) : event);
  }

  /** When to look next. */
  Optional<Instant> deadline() {
    return watch.nextLook();
  }

  /** Looks whether everything gets on, if it is time to. */
  Findings look(Map<Activity, Long> marks, Instant now) {
    List<Cancel> cancellations = new ArrayList<>();
    List<ReplicationEvent> lost = new ArrayList<>();
    if (watch.nextLook().isEmpty() || now.isBefore(watch.nextLook().get())) {
      return new Findings(cancellations, lost);
    }
    StallWatch.Findings<Activity> found = watch.look(marks, now);
    for (Stall<Activity> stall : found.stalled()) {
      stalls.put(stall.work(), stalled(stall));
      cancellations.add(new Cancel(stall.work(), Optional.of(stall.quiet())));
    }
    for (Stall<Activity> stall : found.lost()) {
      stalls.remove(stall.work());
      lost.add(stall.work().failed(lost(stall)));
    }
    return new Findings(cancellations, lost);
  }

  private static Failure stalled(Stall<Activity> stall) {
    return new Failure(
        stall.work().side(),
        scope(stall.work()),
        true,
        FailureKind.STALLED,
        "%s made no progress for %s and was cancelled"
            .formatted(stall.work().describe(), time(stall)),
        Optional.of(
            "look for a hung zfs process, a suspended pool (zpool status) or a dead connection"));
  }

  private static Failure lost(Stall<Activity> stall) {
    return new Failure(
        stall.work().side(),
        scope(stall.work()),
        false,
        FailureKind.STALLED,
        "%s made no progress for %s, and does not end although it was cancelled"
            .formatted(stall.work().describe(), time(stall)),
        Optional.of("it is not tried again in this run; if it never ends, restart the daemon"));
  }

  /** Without its list a run cannot go on; the job shall prune before it tries again. */
  private static FailureScope scope(Activity activity) {
    return activity instanceof Activity.Listing ? FailureScope.JOB : FailureScope.FILESYSTEM;
  }

  private static String time(Stall<Activity> stall) {
    return UnitDuration.format(Duration.ofSeconds(stall.quiet().toSeconds()));
  }
}
