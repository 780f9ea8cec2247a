package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.SnapshotterAction.End;
import io.zrepl.snapshot.SnapshotterAction.FindSyncPoint;
import io.zrepl.snapshot.SnapshotterAction.ListFilesystems;
import io.zrepl.snapshot.SnapshotterAction.NotifyJob;
import io.zrepl.snapshot.SnapshotterAction.Sleep;
import io.zrepl.snapshot.SnapshotterAction.TakeSnapshots;
import io.zrepl.snapshot.SnapshotterEvent.Cancelled;
import io.zrepl.snapshot.SnapshotterEvent.FilesystemsListed;
import io.zrepl.snapshot.SnapshotterEvent.ListingFailed;
import io.zrepl.snapshot.SnapshotterEvent.Requested;
import io.zrepl.snapshot.SnapshotterEvent.RoundFinished;
import io.zrepl.snapshot.SnapshotterEvent.SyncPointFailed;
import io.zrepl.snapshot.SnapshotterEvent.SyncPointFound;
import io.zrepl.snapshot.SnapshotterEvent.Woke;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The transition table, row by row. Times are seconds since the start. */
class SnapshotterStateTest {
  private static final Instant T = Instant.parse("2026-07-04T05:00:00Z");
  private static final Rhythm HOURLY = new Rhythm.Every(Duration.ofHours(1));
  private static final Rhythm BY_MINUTE = byCalendar("* * * * *");
  private static final Rhythm ON_REQUEST = new Rhythm.OnRequest();
  private static final List<DatasetPath> TANK = List.of(DatasetPath.of("tank"));

  private static Rhythm byCalendar(String expression) {
    try {
      return new Rhythm.ByCalendar(CronSchedule.parse(expression), ZoneOffset.UTC);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Instant at(long seconds) {
    return T.plusSeconds(seconds);
  }

  private static Sleep sleep(long until) {
    return new Sleep(Optional.of(at(until)));
  }

  private static RoundFinished finished(long now) {
    return new RoundFinished(Optional.empty(), at(now));
  }

  /** The last step, from the start on. */
  private static SnapshotterState.Step after(Rhythm rhythm, SnapshotterEvent... events) {
    SnapshotterState.Step step = SnapshotterState.start(rhythm, T);
    for (SnapshotterEvent event : events) {
      step = step.state().on(event);
    }
    return step;
  }

  private static void check(
      SnapshotterState.Step step, SnapshotterPhase phase, SnapshotterAction... actions) {
    assertThat(step.state().phase()).isEqualTo(phase);
    assertThat(step.actions()).containsExactly(actions);
  }

  @Test
  void atAnIntervalItBeginsWithTheSyncPointAndWaitsForIt() {
    check(after(HOURLY), SnapshotterPhase.SYNC_UP, new FindSyncPoint());
    SnapshotterState.Step found = after(HOURLY, new SyncPointFound(at(500), at(1)));
    check(found, SnapshotterPhase.SYNC_UP, sleep(500));
    assertThat(found.state().sleepUntil()).contains(at(500));
  }

  @Test
  void byTheCalendarItWaitsForTheNextTime() {
    check(after(BY_MINUTE), SnapshotterPhase.WAITING, sleep(60));
  }

  @Test
  void onRequestItWaitsForEver() {
    check(after(ON_REQUEST), SnapshotterPhase.WAITING, new Sleep(Optional.empty()));
    check(
        after(ON_REQUEST, new Woke(at(10))), SnapshotterPhase.WAITING, new Sleep(Optional.empty()));
  }

  @Test
  void roundFollowsTheSyncPointAndIsFollowedByAWait() {
    SyncPointFound found = new SyncPointFound(at(500), at(1));
    Woke woke = new Woke(at(501));
    SnapshotterState.Step planning = after(HOURLY, found, woke);
    check(planning, SnapshotterPhase.PLANNING, new ListFilesystems());
    assertThat(planning.state().sleepUntil()).isEmpty();
    FilesystemsListed listed = new FilesystemsListed(TANK, at(502));
    check(
        after(HOURLY, found, woke, listed), SnapshotterPhase.SNAPSHOTTING, new TakeSnapshots(TANK));
    check(
        after(HOURLY, found, woke, listed, finished(510)),
        SnapshotterPhase.WAITING,
        new NotifyJob(),
        sleep(501 + 3600));
  }

  @Test
  void errorsOfARoundAreToldAndStillNotifyTheJob() {
    SnapshotterState.Step step =
        after(
            HOURLY,
            new SyncPointFound(T, T),
            new Woke(T),
            new FilesystemsListed(TANK, T),
            new RoundFinished(Optional.of("tank is full"), at(1)));
    check(step, SnapshotterPhase.ERROR_WAIT, new NotifyJob(), sleep(3600));
    assertThat(step.state().error()).isEqualTo("tank is full");
    assertThat(step.state().on(new Woke(at(3600))).state().error()).isEmpty();
  }

  @Test
  void failedListingWaitsForTheNextRoundAndTellsNobody() {
    SnapshotterState.Step step =
        after(HOURLY, new SyncPointFound(T, T), new Woke(T), new ListingFailed("no zfs", at(1)));
    check(step, SnapshotterPhase.ERROR_WAIT, sleep(3600));
    assertThat(step.state().error()).isEqualTo("no zfs");
  }

  @Test
  void failedSyncUpIsRepeated() {
    SyncPointFailed failed = new SyncPointFailed("no zfs", at(1));
    SnapshotterState.Step step = after(HOURLY, failed);
    check(step, SnapshotterPhase.SYNC_UP_ERROR_WAIT, sleep(60));
    assertThat(step.state().error()).isEqualTo("no zfs");
    check(after(HOURLY, failed, new Woke(at(60))), SnapshotterPhase.SYNC_UP, new FindSyncPoint());
  }

  @Test
  void snapshotsInTheFutureDelayTheFirstRoundByOneIntervalAndNotForEver() {
    SnapshotterEvent inFuture = new SnapshotterEvent.SnapshotsInFuture("clock", at(1));
    SnapshotterState.Step step = after(HOURLY, inFuture);
    check(step, SnapshotterPhase.SYNC_UP_ERROR_WAIT, sleep(1 + 3600));
    assertThat(step.state().error()).isEqualTo("clock");
    check(
        after(HOURLY, inFuture, new Woke(at(3601))),
        SnapshotterPhase.PLANNING,
        new ListFilesystems());
  }

  @Test
  void syncUpIsRepeatedAfterAnIntervalIfThatIsShort() {
    check(
        after(new Rhythm.Every(Duration.ofSeconds(5)), new SyncPointFailed("x", at(1))),
        SnapshotterPhase.SYNC_UP_ERROR_WAIT,
        sleep(5));
  }

  @Test
  void requestDoesNotEndTheSearchForTheSyncPoint() {
    SnapshotterState.Step step =
        after(
            HOURLY,
            new SyncPointFailed("x", at(1)),
            new Requested(at(10)),
            new FilesystemsListed(TANK, at(10)),
            finished(11));
    check(step, SnapshotterPhase.WAITING, new NotifyJob(), sleep(60));
    check(step.state().on(new Woke(at(60))), SnapshotterPhase.SYNC_UP, new FindSyncPoint());
  }

  @Test
  void sleepsOnWhenWokenEarlyButNeverLongerThanTheInterval() {
    SyncPointFound found = new SyncPointFound(at(3600), T);
    check(after(HOURLY, found, new Woke(at(1))), SnapshotterPhase.SYNC_UP, sleep(3600));
    check(
        after(HOURLY, found, new Woke(at(-86_400))),
        SnapshotterPhase.SYNC_UP,
        sleep(-86_400 + 3600));
    check(
        after(HOURLY, new SyncPointFailed("x", T), new Woke(at(-86_400))),
        SnapshotterPhase.SYNC_UP_ERROR_WAIT,
        sleep(-86_400 + 60));
  }

  @Test
  void roundLongerThanTheIntervalIsFollowedByTheNextAtOnce() {
    SnapshotterState.Step step =
        after(
            HOURLY,
            new SyncPointFound(T, T),
            new Woke(T),
            new FilesystemsListed(TANK, T),
            finished(5000),
            new Woke(at(5000)));
    check(step, SnapshotterPhase.PLANNING, new ListFilesystems());
    assertThat(step.state().due()).contains(at(5000 + 3600));
  }

  @Test
  void requestInAWaitBeginsARoundAndLeavesTheNextWhereItWas() {
    SnapshotterState.Step step = after(BY_MINUTE, new Requested(at(5)));
    check(step, SnapshotterPhase.PLANNING, new ListFilesystems());
    step = step.state().on(new FilesystemsListed(TANK, at(5)));
    check(step.state().on(finished(6)), SnapshotterPhase.WAITING, new NotifyJob(), sleep(60));
  }

  @Test
  void timesDuringARoundOnRequestAreMadeUpForByOne() {
    SnapshotterState.Step step =
        after(BY_MINUTE, new Requested(at(55)), new FilesystemsListed(TANK, at(55)));
    assertThat(step.state().missedUntil(at(130))).isZero();
    step = step.state().on(finished(130));
    check(step, SnapshotterPhase.WAITING, new NotifyJob(), sleep(60));
    step = step.state().on(new Woke(at(130)));
    check(step, SnapshotterPhase.PLANNING, new ListFilesystems());
    assertThat(step.state().missed()).isZero();
    assertThat(step.state().due()).contains(at(180));
  }

  @Test
  void requestDuringARoundIsFollowedByAnotherOne() {
    SnapshotterState.Step step =
        after(
            ON_REQUEST,
            new Requested(T),
            new FilesystemsListed(TANK, T),
            new Requested(at(1)),
            new Requested(at(2)),
            finished(3));
    check(step, SnapshotterPhase.PLANNING, new NotifyJob(), new ListFilesystems());
    step = step.state().on(new FilesystemsListed(TANK, at(3)));
    check(
        step.state().on(finished(4)),
        SnapshotterPhase.WAITING,
        new NotifyJob(),
        new Sleep(Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    // end of the round that began at 60, times left out, next time
    "61, 0, 120",
    "119, 0, 120",
    "120, 1, 180",
    "200, 2, 240",
    "100000, 1000, 100020"
  })
  void timesThatComeDuringARoundAreCountedAndLeftOut(long end, int missed, long next) {
    SnapshotterState running =
        after(BY_MINUTE, new Woke(at(60)), new FilesystemsListed(TANK, at(60))).state();
    assertThat(running.missedUntil(at(end))).isEqualTo(missed);
    SnapshotterState.Step step = running.on(finished(end));
    check(step, SnapshotterPhase.WAITING, new NotifyJob(), sleep(next));
    assertThat(step.state().missed()).isEqualTo(missed);
    assertThat(step.state().on(new Woke(at(next))).state().missed()).isZero();
  }

  @Test
  void timesOfASuspendAreMadeUpForOnce() {
    SnapshotterState.Step step =
        after(
            BY_MINUTE,
            new Woke(at(86_410)),
            new FilesystemsListed(TANK, at(86_410)),
            finished(86_411));
    check(step, SnapshotterPhase.WAITING, new NotifyJob(), sleep(86_460));
    assertThat(step.state().missed()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"-30, 60", "-60, 60", "-61, -60", "-3600, -3540"})
  void byTheCalendarAClockThatIsSetBackMeansEarlierTimes(long now, long next) {
    check(after(BY_MINUTE, new Woke(at(now))), SnapshotterPhase.WAITING, sleep(next));
  }

  @Test
  void cancelledItStopsForGood() {
    for (SnapshotterState state :
        List.of(
            after(HOURLY).state(),
            after(BY_MINUTE).state(),
            after(ON_REQUEST).state(),
            after(ON_REQUEST, new Requested(T)).state(),
            after(ON_REQUEST, new Requested(T), new FilesystemsListed(TANK, T)).state())) {
      SnapshotterState.Step step = state.on(new Cancelled(at(1)));
      check(step, SnapshotterPhase.STOPPED, new End());
      assertThat(step.state().sleepUntil()).isEmpty();
      check(step.state().on(new Requested(at(2))), SnapshotterPhase.STOPPED);
    }
  }

  @Test
  void numbersAreThoseOfTheStatus() {
    assertThat(SnapshotterPhase.values())
        .extracting(SnapshotterPhase::number)
        .containsExactly(1, 2, 4, 8, 16, 32, 64);
  }
}
