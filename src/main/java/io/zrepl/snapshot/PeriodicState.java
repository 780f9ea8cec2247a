package io.zrepl.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The state of a periodic snapshotter, immutable. {@link #on} is the transition function:
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>phase</th><th>event</th><th>next</th><th>actions</th></tr>
 * <tr><td>SYNC_UP</td><td>sync point found</td><td>SYNC_UP</td><td>sleep until it</td></tr>
 * <tr><td>SYNC_UP</td><td>sync point not found</td><td>SYNC_UP_ERROR_WAIT</td>
 *     <td>sleep for the retry time</td></tr>
 * <tr><td>SYNC_UP</td><td>woke, time reached</td><td>PLANNING</td><td>list filesystems</td></tr>
 * <tr><td>SYNC_UP_ERROR_WAIT</td><td>woke, time reached</td><td>SYNC_UP</td>
 *     <td>find sync point</td></tr>
 * <tr><td>PLANNING</td><td>filesystems listed</td><td>SNAPSHOTTING</td>
 *     <td>take snapshots</td></tr>
 * <tr><td>PLANNING</td><td>listing failed</td><td>ERROR_WAIT</td>
 *     <td>sleep until start + interval</td></tr>
 * <tr><td>SNAPSHOTTING</td><td>round finished</td><td>WAITING, or ERROR_WAIT if it had errors</td>
 *     <td>notify job; sleep until start + interval</td></tr>
 * <tr><td>WAITING, ERROR_WAIT</td><td>woke, time reached</td><td>PLANNING</td>
 *     <td>list filesystems</td></tr>
 * <tr><td>all that sleep</td><td>woke early</td><td>same</td><td>sleep on</td></tr>
 * <tr><td>all</td><td>cancelled</td><td>STOPPED</td><td>end</td></tr>
 * </table>
 *
 * <p>"Start" is when the round began to list, so that the rhythm does not depend on how long rounds
 * take; one that takes longer than the interval is followed by the next at once. Rounds that were
 * missed while the machine slept are not made up for. No wait is longer than the interval: if it
 * seems to be, the clock was set back, and the wait begins anew.
 *
 * @param interval from the start of a round to that of the next, positive
 * @param phase what it does
 * @param lastStart when the last round or attempt to sync up began
 * @param sleepUntil until when it sleeps
 * @param error the last failure, empty text if none
 */
record PeriodicState(
    Duration interval,
    PeriodicPhase phase,
    Instant lastStart,
    Optional<Instant> sleepUntil,
    String error) {
  /** How soon a failed attempt to sync up is repeated: it only lists, and costs little. */
  static final Duration SYNC_UP_RETRY = Duration.ofMinutes(1);

  /** A state, and what is to be done in it, in that order. */
  record Step(PeriodicState state, List<PeriodicAction> actions) {}

  /** The first step. */
  static Step start(Duration interval, Instant now) {
    PeriodicState state =
        new PeriodicState(interval, PeriodicPhase.SYNC_UP, now, Optional.empty(), "");
    return new Step(state, List.of(new PeriodicAction.FindSyncPoint()));
  }

  /** The transition function. */
  Step on(PeriodicEvent event) {
    return switch (event) {
      case PeriodicEvent.SyncPointFound found -> sleep(PeriodicPhase.SYNC_UP, found.at(), "");
      case PeriodicEvent.SyncPointFailed failed ->
          sleep(PeriodicPhase.SYNC_UP_ERROR_WAIT, lastStart.plus(syncUpRetry()), failed.error());
      case PeriodicEvent.Woke woke -> onWoke(woke.now());
      case PeriodicEvent.FilesystemsListed listed ->
          new Step(
              awake(PeriodicPhase.SNAPSHOTTING, lastStart),
              List.of(new PeriodicAction.TakeSnapshots(listed.filesystems())));
      case PeriodicEvent.ListingFailed failed ->
          sleep(PeriodicPhase.ERROR_WAIT, lastStart.plus(interval), failed.error());
      case PeriodicEvent.RoundFinished finished -> {
        Step wait =
            sleep(
                finished.error().isEmpty() ? PeriodicPhase.WAITING : PeriodicPhase.ERROR_WAIT,
                lastStart.plus(interval),
                finished.error().orElse(""));
        yield new Step(
            wait.state(), List.of(new PeriodicAction.NotifyJob(), wait.actions().getFirst()));
      }
      case PeriodicEvent.Cancelled() ->
          new Step(
              new PeriodicState(
                  interval, PeriodicPhase.STOPPED, lastStart, Optional.empty(), error),
              List.of(new PeriodicAction.End()));
    };
  }

  private Step onWoke(Instant now) {
    Instant until = sleepUntil.orElse(now);
    if (now.isBefore(until)) {
      Instant latest = now.plus(longestWait());
      return sleep(phase, until.isAfter(latest) ? latest : until, error);
    }
    if (phase == PeriodicPhase.SYNC_UP_ERROR_WAIT) {
      return new Step(
          awake(PeriodicPhase.SYNC_UP, now), List.of(new PeriodicAction.FindSyncPoint()));
    }
    return new Step(
        awake(PeriodicPhase.PLANNING, now), List.of(new PeriodicAction.ListFilesystems()));
  }

  private Step sleep(PeriodicPhase next, Instant until, String newError) {
    PeriodicState state =
        new PeriodicState(interval, next, lastStart, Optional.of(until), newError);
    return new Step(state, List.of(new PeriodicAction.Sleep(until)));
  }

  private PeriodicState awake(PeriodicPhase next, Instant start) {
    return new PeriodicState(interval, next, start, Optional.empty(), "");
  }

  private Duration longestWait() {
    return phase == PeriodicPhase.SYNC_UP_ERROR_WAIT ? syncUpRetry() : interval;
  }

  private Duration syncUpRetry() {
    return interval.compareTo(SYNC_UP_RETRY) < 0 ? interval : SYNC_UP_RETRY;
  }
}
