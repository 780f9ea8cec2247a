package io.zrepl.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The state of a snapshotter, immutable. {@link #on} is the transition function:
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>phase</th><th>event</th><th>next</th><th>actions</th></tr>
 * <tr><td>start, at an interval</td><td></td><td>SYNC_UP</td><td>find sync point</td></tr>
 * <tr><td>start, else</td><td></td><td>WAITING</td><td>sleep until due</td></tr>
 * <tr><td>SYNC_UP</td><td>sync point found</td><td>SYNC_UP</td><td>sleep until it</td></tr>
 * <tr><td>SYNC_UP</td><td>sync point not found</td><td>SYNC_UP_ERROR_WAIT</td>
 *     <td>sleep for the retry time</td></tr>
 * <tr><td>SYNC_UP</td><td>all snapshots are in the future</td><td>SYNC_UP_ERROR_WAIT</td>
 *     <td>sleep for one interval</td></tr>
 * <tr><td>waits, sync point not yet found</td><td>woke, time reached</td><td>SYNC_UP</td>
 *     <td>find sync point</td></tr>
 * <tr><td>waits, else</td><td>woke, time reached</td><td>PLANNING</td>
 *     <td>list filesystems</td></tr>
 * <tr><td>waits</td><td>woke early</td><td>same</td><td>sleep on</td></tr>
 * <tr><td>waits</td><td>requested</td><td>PLANNING</td><td>list filesystems</td></tr>
 * <tr><td>does something</td><td>requested</td><td>same, remembered</td>
 *     <td>instead of the next sleep: PLANNING, list filesystems</td></tr>
 * <tr><td>PLANNING</td><td>filesystems listed</td><td>SNAPSHOTTING</td>
 *     <td>take snapshots</td></tr>
 * <tr><td>PLANNING</td><td>listing failed</td><td>ERROR_WAIT</td>
 *     <td>sleep until due</td></tr>
 * <tr><td>SNAPSHOTTING</td><td>round finished</td><td>WAITING, or ERROR_WAIT if it had errors</td>
 *     <td>notify job; sleep until due</td></tr>
 * <tr><td>all</td><td>cancelled</td><td>STOPPED</td><td>end</td></tr>
 * </table>
 *
 * <p>At an interval, a round is due one interval after the last one began to list, so that the
 * rhythm does not depend on how long rounds take; one that takes longer is followed by the next at
 * once. By the calendar, times that come while a round runs are left out and counted; if it was one
 * on request, they are made up for by one. Rounds that were missed while the machine slept are made
 * up for by one. A round on request changes nothing of when the others are due.
 *
 * <p>If the clock was set back, at an interval no wait is longer than the interval from then on; by
 * the calendar it is looked up again what is due.
 *
 * @param rhythm when rounds are due
 * @param phase what it does
 * @param lastStart when the last round or attempt to sync up began
 * @param due when the next round, or attempt to sync up, is due; empty if only on request
 * @param synced whether it is known when rounds are due
 * @param requested whether somebody wants a round as soon as the current work is over
 * @param missed how many rounds were left out since the last one began
 * @param seen the time of the last event
 * @param error the last failure, empty text if none
 * @param onRequest whether the current or last round is, or was, one that somebody asked for
 */
record SnapshotterState(
    Rhythm rhythm,
    SnapshotterPhase phase,
    Instant lastStart,
    Optional<Instant> due,
    boolean synced,
    boolean requested,
    int missed,
    Instant seen,
    String error,
    boolean onRequest) {
  /** How soon a failed attempt to sync up is repeated: it only lists, and costs little. */
  static final Duration SYNC_UP_RETRY = Duration.ofMinutes(1);

  /** A clock that is set back by less is being corrected; what was due has been done. */
  static final Duration CORRECTION = Duration.ofMinutes(1);

  /** More are not counted: every second, and a round that hangs, would make it costly. */
  static final int MOST_MISSED = 1000;

  /** A state, and what is to be done in it, in that order. */
  record Step(SnapshotterState state, List<SnapshotterAction> actions) {}

  /** The first step. */
  static Step start(Rhythm rhythm, Instant now) {
    boolean findsSyncPoint = rhythm instanceof Rhythm.Every;
    SnapshotterState state =
        new SnapshotterState(
            rhythm,
            findsSyncPoint ? SnapshotterPhase.SYNC_UP : SnapshotterPhase.WAITING,
            now,
            findsSyncPoint ? Optional.empty() : rhythm.nextAfter(now),
            !findsSyncPoint,
            false,
            0,
            now,
            "",
            false);
    return new Step(
        state,
        List.of(
            findsSyncPoint
                ? new SnapshotterAction.FindSyncPoint()
                : new SnapshotterAction.Sleep(state.due())));
  }

  /** Until when it sleeps; empty if it does not, or only a request ends the sleep. */
  Optional<Instant> sleepUntil() {
    return waits() ? due : Optional.empty();
  }

  private boolean waits() {
    return switch (phase) {
      case SYNC_UP -> synced;
      case SYNC_UP_ERROR_WAIT, WAITING, ERROR_WAIT -> true;
      case PLANNING, SNAPSHOTTING, STOPPED -> false;
    };
  }

  /** The transition function. */
  Step on(SnapshotterEvent event) {
    if (phase == SnapshotterPhase.STOPPED) {
      return new Step(this, List.of());
    }
    SnapshotterState current = observing(event.now());
    Instant now = event.now();
    return switch (event) {
      case SnapshotterEvent.SyncPointFound found ->
          current
              .withDue(Optional.of(found.at()), true)
              .settle(SnapshotterPhase.SYNC_UP, "", List.of());
      case SnapshotterEvent.SyncPointFailed failed ->
          current
              .withDue(Optional.of(lastStart.plus(syncUpRetry())), false)
              .settle(SnapshotterPhase.SYNC_UP_ERROR_WAIT, failed.error(), List.of());
      case SnapshotterEvent.SnapshotsInFuture inFuture ->
          current
              .withDue(rhythm.nextAfter(now), true)
              .settle(SnapshotterPhase.SYNC_UP_ERROR_WAIT, inFuture.error(), List.of());
      case SnapshotterEvent.Woke _ -> current.waits() ? current.look(now) : nothing(current);
      case SnapshotterEvent.Requested _ ->
          current.waits()
              ? current.begin(current.due(), true, now)
              : nothing(current.withRequest(true));
      case SnapshotterEvent.FilesystemsListed listed ->
          new Step(
              current.in(SnapshotterPhase.SNAPSHOTTING, ""),
              List.of(new SnapshotterAction.TakeSnapshots(listed.filesystems())));
      case SnapshotterEvent.ListingFailed failed ->
          current
              .leavingOutMissed(now)
              .settle(SnapshotterPhase.ERROR_WAIT, failed.error(), List.of());
      case SnapshotterEvent.RoundFinished finished ->
          current
              .leavingOutMissed(now)
              .settle(
                  finished.error().isEmpty()
                      ? SnapshotterPhase.WAITING
                      : SnapshotterPhase.ERROR_WAIT,
                  finished.error().orElse(""),
                  List.of(new SnapshotterAction.NotifyJob()));
      case SnapshotterEvent.Cancelled _ ->
          new Step(
              current.withDue(Optional.empty(), synced).in(SnapshotterPhase.STOPPED, error),
              List.of(new SnapshotterAction.End()));
    };
  }

  private static Step nothing(SnapshotterState state) {
    return new Step(state, List.of());
  }

  /** Begins what is due, or sleeps on. */
  private Step look(Instant now) {
    if (due.isEmpty() || now.isBefore(due.get())) {
      return new Step(this, List.of(new SnapshotterAction.Sleep(due)));
    }
    if (!synced) {
      return new Step(
          startedAt(now, false).in(SnapshotterPhase.SYNC_UP, ""),
          List.of(new SnapshotterAction.FindSyncPoint()));
    }
    return begin(rhythm.nextAfter(now), false, now);
  }

  private Step begin(Optional<Instant> nextDue, boolean asRequested, Instant now) {
    return new Step(
        withDue(nextDue, synced)
            .withRequest(false)
            .withMissed(0)
            .startedAt(now, asRequested)
            .in(SnapshotterPhase.PLANNING, ""),
        List.of(new SnapshotterAction.ListFilesystems()));
  }

  /** Waits, if nobody wants a round at once. */
  private Step settle(
      SnapshotterPhase next, String newError, List<SnapshotterAction> actionsBefore) {
    SnapshotterState waiting = in(next, newError);
    Step step =
        requested
            ? waiting.begin(due, true, seen)
            : new Step(waiting, List.of(new SnapshotterAction.Sleep(due)));
    return new Step(
        step.state(),
        actionsBefore.isEmpty()
            ? step.actions()
            : List.of(actionsBefore.getFirst(), step.actions().getFirst()));
  }

  /** Notes the time, and what it means that the clock was set back. */
  private SnapshotterState observing(Instant now) {
    Optional<Instant> newDue =
        switch (rhythm) {
          case Rhythm.Every every -> {
            Instant latest = now.plus(synced ? every.interval() : syncUpRetry());
            yield due.map(time -> time.isAfter(latest) ? latest : time);
          }
          case Rhythm.ByCalendar calendar ->
              now.isBefore(seen.minus(CORRECTION)) ? calendar.nextAfter(now) : due;
          case Rhythm.OnRequest() -> due;
        };
    return new SnapshotterState(
        rhythm, phase, lastStart, newDue, synced, requested, missed, now, error, onRequest);
  }

  /**
   * By the calendar, what came during a round is not due any more. It still is if that round was
   * one on request, which is not to cost any other.
   */
  private SnapshotterState leavingOutMissed(Instant now) {
    if (!(rhythm instanceof Rhythm.ByCalendar)
        || onRequest
        || due.isEmpty()
        || now.isBefore(due.get())) {
      return this;
    }
    return withMissed(missedUntil(now)).withDue(rhythm.nextAfter(now), synced);
  }

  /** How many rounds by the calendar are left out if the current one lasts until then. */
  int missedUntil(Instant now) {
    if (!(rhythm instanceof Rhythm.ByCalendar) || onRequest) {
      return 0;
    }
    int count = missed;
    Optional<Instant> time = phase == SnapshotterPhase.STOPPED || waits() ? Optional.empty() : due;
    while (count < MOST_MISSED && time.isPresent() && !time.get().isAfter(now)) {
      count++;
      time = rhythm.nextAfter(time.get());
    }
    return count;
  }

  private SnapshotterState in(SnapshotterPhase next, String newError) {
    return new SnapshotterState(
        rhythm, next, lastStart, due, synced, requested, missed, seen, newError, onRequest);
  }

  private SnapshotterState withDue(Optional<Instant> newDue, boolean newSynced) {
    return new SnapshotterState(
        rhythm, phase, lastStart, newDue, newSynced, requested, missed, seen, error, onRequest);
  }

  private SnapshotterState withRequest(boolean wanted) {
    return new SnapshotterState(
        rhythm, phase, lastStart, due, synced, wanted, missed, seen, error, onRequest);
  }

  private SnapshotterState withMissed(int count) {
    return new SnapshotterState(
        rhythm, phase, lastStart, due, synced, requested, count, seen, error, onRequest);
  }

  private SnapshotterState startedAt(Instant start, boolean asRequested) {
    return new SnapshotterState(
        rhythm, phase, start, due, synced, requested, missed, seen, error, asRequested);
  }

  private Duration syncUpRetry() {
    return rhythm instanceof Rhythm.Every every && every.interval().compareTo(SYNC_UP_RETRY) < 0
        ? every.interval()
        : SYNC_UP_RETRY;
  }
}
