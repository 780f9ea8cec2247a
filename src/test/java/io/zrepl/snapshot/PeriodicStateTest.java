package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.PeriodicAction.FindSyncPoint;
import io.zrepl.snapshot.PeriodicAction.ListFilesystems;
import io.zrepl.snapshot.PeriodicAction.NotifyJob;
import io.zrepl.snapshot.PeriodicAction.Sleep;
import io.zrepl.snapshot.PeriodicAction.TakeSnapshots;
import io.zrepl.snapshot.PeriodicEvent.Woke;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PeriodicStateTest {
  private static final Instant T = Instant.ofEpochSecond(1_000_000);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<DatasetPath> TANK = List.of(DatasetPath.of("tank"));

  private static Instant at(long seconds) {
    return T.plusSeconds(seconds);
  }

  private static PeriodicState in(PeriodicPhase phase, Instant lastStart, long sleepUntil) {
    return new PeriodicState(HOUR, phase, lastStart, Optional.of(at(sleepUntil)), "");
  }

  private static PeriodicState.Step step(PeriodicState state, PeriodicEvent... events) {
    PeriodicState.Step step = new PeriodicState.Step(state, List.of());
    for (PeriodicEvent event : events) {
      step = step.state().on(event);
    }
    return step;
  }

  @Test
  void beginsWithTheSyncPointAndWaitsForIt() {
    PeriodicState.Step start = PeriodicState.start(HOUR, T);
    assertThat(start.actions()).containsExactly(new FindSyncPoint());
    assertThat(start.state().phase()).isEqualTo(PeriodicPhase.SYNC_UP);

    PeriodicState.Step found = start.state().on(new PeriodicEvent.SyncPointFound(at(500)));
    assertThat(found.state()).isEqualTo(in(PeriodicPhase.SYNC_UP, T, 500));
    assertThat(found.actions()).containsExactly(new Sleep(at(500)));
  }

  @Test
  void roundFollowsTheSyncPointAndIsFollowedByAWait() {
    PeriodicState.Step planning = in(PeriodicPhase.SYNC_UP, T, 500).on(new Woke(at(501)));
    assertThat(planning.state().phase()).isEqualTo(PeriodicPhase.PLANNING);
    assertThat(planning.state().sleepUntil()).isEmpty();
    assertThat(planning.actions()).containsExactly(new ListFilesystems());

    PeriodicState.Step taking = planning.state().on(new PeriodicEvent.FilesystemsListed(TANK));
    assertThat(taking.state().phase()).isEqualTo(PeriodicPhase.SNAPSHOTTING);
    assertThat(taking.actions()).containsExactly(new TakeSnapshots(TANK));

    PeriodicState.Step waiting =
        taking.state().on(new PeriodicEvent.RoundFinished(Optional.empty()));
    assertThat(waiting.state()).isEqualTo(in(PeriodicPhase.WAITING, at(501), 501 + 3600));
    assertThat(waiting.actions()).containsExactly(new NotifyJob(), new Sleep(at(501 + 3600)));
  }

  @Test
  void errorsOfARoundAreTellableAndStillNotifyTheJob() {
    PeriodicState.Step step =
        step(
            in(PeriodicPhase.WAITING, T, 0),
            new Woke(T),
            new PeriodicEvent.FilesystemsListed(TANK),
            new PeriodicEvent.RoundFinished(Optional.of("tank is full")));
    assertThat(step.state().phase()).isEqualTo(PeriodicPhase.ERROR_WAIT);
    assertThat(step.state().error()).isEqualTo("tank is full");
    assertThat(step.actions()).containsExactly(new NotifyJob(), new Sleep(at(3600)));
    assertThat(step.state().on(new Woke(at(3600))).state().error()).isEmpty();
  }

  @Test
  void failedListingWaitsForTheNextRoundAndTellsNobody() {
    PeriodicState.Step step =
        step(
            in(PeriodicPhase.WAITING, T, 0),
            new Woke(T),
            new PeriodicEvent.ListingFailed("no zfs"));
    assertThat(step.state().phase()).isEqualTo(PeriodicPhase.ERROR_WAIT);
    assertThat(step.state().error()).isEqualTo("no zfs");
    assertThat(step.actions()).containsExactly(new Sleep(at(3600)));
  }

  @Test
  void failedSyncUpIsRepeated() {
    PeriodicState.Step failed =
        PeriodicState.start(HOUR, T).state().on(new PeriodicEvent.SyncPointFailed("no zfs"));
    assertThat(failed.state().phase()).isEqualTo(PeriodicPhase.SYNC_UP_ERROR_WAIT);
    assertThat(failed.state().error()).isEqualTo("no zfs");
    assertThat(failed.actions()).containsExactly(new Sleep(at(60)));

    PeriodicState.Step again = failed.state().on(new Woke(at(60)));
    assertThat(again.state().phase()).isEqualTo(PeriodicPhase.SYNC_UP);
    assertThat(again.actions()).containsExactly(new FindSyncPoint());
  }

  @Test
  void syncUpIsRepeatedAfterAnIntervalIfThatIsShort() {
    assertThat(
            PeriodicState.start(Duration.ofSeconds(5), T)
                .state()
                .on(new PeriodicEvent.SyncPointFailed("x"))
                .actions())
        .containsExactly(new Sleep(at(5)));
  }

  @ParameterizedTest
  @CsvSource({
    "SYNC_UP, 3600",
    "WAITING, 3600",
    "ERROR_WAIT, 3600",
    "SYNC_UP_ERROR_WAIT, 60",
  })
  void sleepsOnWhenWokenEarlyButNeverLongerThanItMay(PeriodicPhase phase, long longest) {
    PeriodicState state = in(phase, T, longest);
    assertThat(state.on(new Woke(at(1))))
        .isEqualTo(new PeriodicState.Step(state, List.of(new Sleep(at(longest)))));
    // The clock was set back by a day.
    assertThat(state.on(new Woke(at(-86_400))).actions())
        .containsExactly(new Sleep(at(-86_400 + longest)));
  }

  @Test
  void roundLongerThanTheIntervalIsFollowedByTheNextAtOnce() {
    PeriodicState.Step step =
        step(
            in(PeriodicPhase.WAITING, T, 0),
            new Woke(T),
            new PeriodicEvent.FilesystemsListed(TANK),
            new PeriodicEvent.RoundFinished(Optional.empty()),
            new Woke(at(5000)));
    assertThat(step.state().phase()).isEqualTo(PeriodicPhase.PLANNING);
    assertThat(step.state().lastStart()).isEqualTo(at(5000));
  }

  @ParameterizedTest
  @EnumSource(PeriodicPhase.class)
  void cancelledInAnyPhaseItStops(PeriodicPhase phase) {
    PeriodicState.Step step = in(phase, T, 5).on(new PeriodicEvent.Cancelled());
    assertThat(step.state().phase()).isEqualTo(PeriodicPhase.STOPPED);
    assertThat(step.state().sleepUntil()).isEmpty();
    assertThat(step.actions()).containsExactly(new PeriodicAction.End());
  }

  @Test
  void numbersAreThoseOfTheStatus() {
    assertThat(PeriodicPhase.values())
        .extracting(PeriodicPhase::number)
        .containsExactly(1, 2, 4, 8, 16, 32, 64);
  }
}
