package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.snapshot.SnapshotterReport.LastSnapshot;
import io.zrepl.snapshot.hook.HookObserver;
import io.zrepl.snapshot.hook.Hooks;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

class SnapshotterTest {
  private static final Instant T = Instant.parse("2026-07-04T05:06:07Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final List<SnapshotterReport.Periodic> afterRounds = new ArrayList<>();
  private final List<Duration> rounds = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private Duration patience = SnapshotLanes.PATIENCE;
  private final List<String> due = new ArrayList<>();
  private int faults;
  private final SnapshotObserver observer =
      new SnapshotObserver() {
        @Override
        public void nextDue(Optional<Instant> at) {
          if (faults > 0) {
            faults--;
            throw new IllegalStateException("a fault");
          }
          due.add(at.map(Instant::toString).orElse("never"));
        }
      };

  private static DatasetFilter filter(Map<String, Boolean> patterns) {
    try {
      return DatasetFilter.of(patterns);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static SnapshottingSettings.Periodic every(Duration interval) {
    try {
      return new SnapshottingSettings.Periodic(
          interval, SnapshotNaming.of("z_", "iso-8601", "UTC"));
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Snapshot taken(String name, Instant creation) {
    return new Snapshot(name, new Guid(1), new CreateTxg(1), creation);
  }

  /** Runs until the virtual time ends. */
  private Snapshotter run(
      Duration interval, Map<String, Boolean> patterns, SnapshottingZfs zfs, VirtualTime time) {
    Snapshotter snapshotter = prepare(interval, patterns, zfs, time);
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    return snapshotter;
  }

  private Snapshotter prepare(
      Duration interval, Map<String, Boolean> patterns, SnapshottingZfs zfs, VirtualTime time) {
    AtomicReference<Snapshotter> self = new AtomicReference<>();
    Snapshotter snapshotter =
        make(
            every(interval),
            patterns,
            zfs,
            time,
            () -> {
              rounds.add(time.elapsed());
              afterRounds.add(report(self.get()));
            });
    self.set(snapshotter);
    return snapshotter;
  }

  private Snapshotter make(
      SnapshottingSettings settings,
      Map<String, Boolean> patterns,
      SnapshottingZfs zfs,
      VirtualTime time,
      Runnable afterRound) {
    return new Snapshotter(
        settings,
        filter(patterns),
        zfs,
        time,
        time,
        afterRound,
        patience,
        new Hooks(List.of(), Duration.ofMinutes(10), time, HookObserver.NONE, NOPLogger.NOP_LOGGER),
        observer,
        new RecordingLogger(told::add));
  }

  private static SnapshotterReport.Periodic report(Snapshotter snapshotter) {
    return (SnapshotterReport.Periodic) snapshotter.report();
  }

  /** Snapshots that silently stop are what nobody notices before they are needed. */
  @Test
  void faultOfTheProgramIsToldAndSnapshotsGoOn() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(15));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    faults = 1;
    Snapshotter snapshotter = run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    assertThat(told).anyMatch(line -> line.contains("defect in the program"));
    assertThat(rounds).containsExactly(Duration.ofMinutes(1), Duration.ofMinutes(11));
    assertThat(report(snapshotter).error()).as("over").isEmpty();

    faults = Integer.MAX_VALUE;
    VirtualTime again = new VirtualTime(T, Duration.ofMinutes(15));
    assertThat(report(run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, again)).error())
        .contains("defect in the program: java.lang.IllegalStateException: a fault");
  }

  @Test
  void manualDoesNothingByItself() {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    Snapshotter snapshotter =
        make(
            new SnapshottingSettings.Manual(),
            Map.of("<", true),
            zfs,
            time,
            () -> rounds.add(time.elapsed()));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(snapshotter.report()).isEqualTo(new SnapshotterReport.Manual());
    assertThat(snapshotter.report().type()).isEqualTo("manual");
    assertThat(zfs.commands).isEmpty();
    assertThat(rounds).isEmpty();
  }

  @Test
  void manualTakesSnapshotsOnRequest() {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank").with("tank/a");
    Snapshotter snapshotter =
        make(
            new SnapshottingSettings.Manual(),
            Map.of("tank<", true),
            zfs,
            time,
            () -> rounds.add(time.elapsed()));
    requestAt(time, snapshotter, Duration.ofSeconds(30));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(zfs.names("tank/a")).containsExactly("zrepl_20260704_050637_000");
    assertThat(rounds).as("and the job is told").containsExactly(Duration.ofSeconds(30));
    SnapshotterReport.FilesystemProgress tank = snapshotter.report().progress().getFirst();
    assertThat(tank.state()).isEqualTo(SnapshotterReport.FilesystemProgress.State.DONE);
    assertThat(tank.last())
        .contains(
            new SnapshotterReport.LastSnapshot("zrepl_20260704_050637_000", T.plusSeconds(30)));
    assertThat(snapshotter.report().nextDue()).isEmpty();
  }

  private static void requestAt(VirtualTime time, Snapshotter snapshotter, Duration... when) {
    List<Duration> left = new ArrayList<>(List.of(when));
    time.onSleep(() -> {
      if (!left.isEmpty() && time.elapsed().compareTo(left.getFirst()) >= 0) {
        left.removeFirst();
        snapshotter.request();
      }
    });
  }

  @Test
  void requestChangesNothingOfTheRhythm() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(25));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    Snapshotter snapshotter = prepare(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    requestAt(time, snapshotter, Duration.ofMinutes(3), Duration.ofMinutes(14));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(rounds)
        .containsExactly(
            Duration.ZERO,
            Duration.ofMinutes(3),
            Duration.ofMinutes(10),
            Duration.ofMinutes(14),
            Duration.ofMinutes(20));
    assertThat(afterRounds.get(1).nextDue()).contains(T.plus(Duration.ofMinutes(10)));
  }

  @Test
  void requestDuringARoundIsRememberedOnce() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(5));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    Snapshotter snapshotter = prepare(HOUR, Map.of("tank<", true), zfs, time);
    zfs.onSnapshot =
        snapshots -> {
          time.pass(MINUTE);
          if (zfs.names("tank").isEmpty()) {
            snapshotter.request();
            snapshotter.request();
          }
        };
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(rounds).containsExactly(MINUTE, MINUTE.multipliedBy(2));
  }

  @Test
  void requestEndsARealSleepAtOnce() throws InterruptedException {
    RequestableSleep sleep = RequestableSleep.system();
    Thread thread = Thread.ofVirtual().start(sleep::request);
    assertThat(sleep.sleep(Duration.ofDays(1))).isTrue();
    thread.join();
    assertThat(sleep.sleep(Duration.ofMillis(1))).isFalse();
    assertThat(sleep.sleep(Duration.ZERO)).isFalse();
    assertThat(sleep.sleep(Duration.ofSeconds(-1))).isFalse();
  }

  @Test
  void calendarShowsTheSnapshotsOfEarlierRunsBeforeItsFirstRound() throws Exception {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank").with("tank/new");
    zfs.snapshot(List.of(SnapshotPath.of(DatasetPath.of("tank"), "z_earlier")));
    zfs.snapshot(List.of(SnapshotPath.of(DatasetPath.of("tank"), "other_later")));
    Snapshotter snapshotter = make(cron("0 3 * * *"), Map.of("tank<", true), zfs, time, () -> {});

    snapshotter.findEarlierSnapshots();

    assertThat(snapshotter.report().progress())
        .extracting(each -> each.path() + " " + each.last().map(LastSnapshot::name).orElse("none"))
        .containsExactly("tank z_earlier", "tank/new none");
  }

  private static SnapshottingSettings.Cron cron(String expression) {
    try {
      return new SnapshottingSettings.Cron(
          CronSchedule.parse("TZ=UTC " + expression),
          SnapshotNaming.of("z_", "iso-8601", "UTC"),
          List.of());
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Snapshotter runByCalendar(String expression, SnapshottingZfs zfs, VirtualTime time) {
    Snapshotter snapshotter =
        make(cron(expression), Map.of("tank<", true), zfs, time, () -> rounds.add(time.elapsed()));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    return snapshotter;
  }

  @Test
  void takesSnapshotsByTheCalendarWithoutSyncingUp() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(40));
    SnapshottingZfs zfs =
        new SnapshottingZfs(time).with("tank", taken("z_1", T.minus(Duration.ofDays(9))));
    Snapshotter snapshotter = runByCalendar("*/15 * * * *", zfs, time);
    assertThat(zfs.names("tank"))
        .containsExactly(
            "z_1",
            "z_2026-07-04T05:15:00.000Z",
            "z_2026-07-04T05:30:00.000Z",
            "z_2026-07-04T05:45:00.000Z");
    assertThat(snapshotter.report().type()).isEqualTo("cron");
    assertThat(due).startsWith("2026-07-04T05:15:00Z", "2026-07-04T05:30:00Z");
  }

  @Test
  void calendarReportTellsWhenItWakesAndWhatFailed() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(10));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    zfs.culprits.put(DatasetPath.of("tank"), "out of space");
    AtomicReference<SnapshotterReport> during = new AtomicReference<>();
    List<SnapshotterReport> asleep = new ArrayList<>();
    Snapshotter snapshotter = make(cron("10 * * * *"), Map.of("tank<", true), zfs, time, () -> {});
    zfs.onSnapshot = snapshots -> during.set(snapshotter.report());
    time.onSleep(() -> asleep.add(snapshotter.report()));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    Instant first = Instant.parse("2026-07-04T05:10:00Z");
    assertThat(asleep.getFirst())
        .isEqualTo(
            new SnapshotterReport.Cron(
                false,
                Optional.of(first),
                Optional.of(first),
                List.of(),
                List.of(),
                Optional.empty()));
    SnapshotterReport.Cron running = (SnapshotterReport.Cron) during.get();
    assertThat(running.running()).isTrue();
    assertThat(running.wakeupTime()).contains(first);
    assertThat(running.nextDue()).contains(first.plus(HOUR));
    assertThat(running.round()).contains(new SnapshotterReport.Round(first, Optional.empty(), ""));
    SnapshotterReport.Cron after = (SnapshotterReport.Cron) asleep.getLast();
    assertThat(after.wakeupTime()).contains(first.plus(HOUR));
    assertThat(after.errors())
        .containsExactly("1 of 1 snapshots could not be taken; tank: out of space");
    assertThat(after.round().orElseThrow().endedAt()).isPresent();
    assertThat(after.round().orElseThrow().error()).contains("out of space");
  }

  @Test
  void timesThatComeDuringARoundAreLeftOutAndTold() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(12));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    List<List<String>> errors = new ArrayList<>();
    AtomicReference<Snapshotter> self = new AtomicReference<>();
    Snapshotter snapshotter =
        make(
            cron("* * * * *"),
            Map.of("tank<", true),
            zfs,
            time,
            () -> {
              rounds.add(time.elapsed());
              errors.add(((SnapshotterReport.Cron) self.get().report()).errors());
            });
    self.set(snapshotter);
    zfs.onSnapshot =
        snapshots -> {
          time.pass(zfs.names("tank").isEmpty() ? Duration.ofSeconds(200) : Duration.ofSeconds(1));
          if (zfs.names("tank").isEmpty()) {
            errors.add(((SnapshotterReport.Cron) snapshotter.report()).errors());
          }
        };
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    List<String> tooOften = List.of("cron frequency is too high; snapshots were not taken 3 times");
    assertThat(errors.get(0)).as("while it runs").isEqualTo(tooOften);
    assertThat(errors.get(1)).as("after it").isEqualTo(tooOften);
    assertThat(errors.get(2)).as("after the next round").isEmpty();
    // begun at 05:07:00, 53 s after the start, and ended at 05:10:20
    assertThat(rounds).startsWith(Duration.ofSeconds(253), Duration.ofSeconds(53 + 240 + 1));
    assertThat(told).contains("WARN " + tooOften.getFirst());
  }

  @Test
  void dueTimesOfASuspendAreMadeUpForOnce() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(9));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    time.jump(Duration.ofSeconds(61), Duration.ofDays(2));
    runByCalendar("0 * * * *", zfs, time);
    assertThat(rounds).as("within ten seconds").containsExactly(Duration.ofSeconds(70));
  }

  @Test
  void clockThatWasSetBackIsFollowedByTheTimesThatComeAgain() {
    VirtualTime time = new VirtualTime(T, Duration.ofHours(4));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    time.jump(HOUR, Duration.ofHours(-3));
    runByCalendar("0 * * * *", zfs, time);
    // 06:00, then 06:06:07 becomes 03:06:07; 04:00, 05:00, 06:00 come (again)
    assertThat(rounds).hasSize(4);
    assertThat(zfs.names("tank").get(1)).isEqualTo("z_2026-07-04T04:00:00.000Z");
  }

  @Test
  void clockThatIsCorrectedALittleRepeatsNothing() {
    VirtualTime time = new VirtualTime(T, Duration.ofHours(1));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    time.jump(Duration.ofMinutes(54), Duration.ofSeconds(-30)); // just after 06:00
    runByCalendar("0 * * * *", zfs, time);
    assertThat(rounds).hasSize(1);
  }

  @Test
  void yearsByTheCalendarOfAZoneWithDaylightSaving() throws Exception {
    ZoneId zone = ZoneId.of("Australia/Lord_Howe"); // half an hour
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    VirtualTime time = new VirtualTime(start, Duration.ofDays(2 * 365));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    List<String> local = new ArrayList<>();
    zfs.onSnapshot = snapshots -> local.add(time.instant().atZone(zone).toLocalTime().toString());
    Snapshotter snapshotter =
        make(
            new SnapshottingSettings.Cron(
                CronSchedule.parse("TZ=Australia/Lord_Howe 45 1 * * *"),
                SnapshotNaming.of("z_", "dense", "UTC"),
                List.of()),
            Map.of("tank<", true),
            zfs,
            time,
            () -> {});
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(local).as("01:45 comes twice at the end of each summer").hasSize(2 * 365 + 2);
    assertThat(local).containsOnly("01:45");
    assertThat(zfs.names("tank")).doesNotHaveDuplicates();
  }

  @Test
  void takesSnapshotsInItsRhythm() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(25));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank").with("tank/a").with("other");
    zfs.onSnapshot = snapshots -> time.pass(MINUTE);
    Snapshotter snapshotter = run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    List<String> names =
        List.of(
            "z_2026-07-04T05:06:07.000Z",
            "z_2026-07-04T05:16:07.000Z",
            "z_2026-07-04T05:26:07.000Z");
    assertThat(zfs.names("tank")).isEqualTo(names);
    assertThat(zfs.names("tank/a")).isEqualTo(names);
    assertThat(zfs.names("other")).isEmpty();
    assertThat(rounds).containsExactly(MINUTE, Duration.ofMinutes(11), Duration.ofMinutes(21));
    assertThat(report(snapshotter).state()).isEqualTo(SnapshotterPhase.STOPPED);
    assertThat(report(snapshotter).type()).isEqualTo("periodic");
  }

  @Test
  void missingPoolIsAFailureOfTheRoundAndItsSnapshotsAreTakenOnceItIsThere() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(25));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank").with("tank/a");
    zfs.onSnapshot =
        snapshots -> {
          if (time.elapsed().compareTo(Duration.ofMinutes(15)) > 0) {
            zfs.with("back").with("back/a");
          }
        };
    run(Duration.ofMinutes(10), Map.of("tank<", true, "back/a<", true), zfs, time);
    assertThat(afterRounds)
        .extracting(SnapshotterReport.Periodic::error)
        .allSatisfy(error -> assertThat(error).contains("pool 'back' is not imported"));
    assertThat(zfs.names("tank/a")).hasSize(3);

    VirtualTime later = new VirtualTime(T, Duration.ofMinutes(25));
    Snapshotter alone =
        run(
            Duration.ofMinutes(10),
            Map.of("gone/a<", true),
            new SnapshottingZfs(later).with("tank"),
            later);
    assertThat(report(alone).error()).contains("pool 'gone' is not imported");
  }

  @Test
  void datasetThatTheFilterNamesAndAnImportedPoolLacksIsNoFailure() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(5));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank").with("tank/a");
    Snapshotter snapshotter =
        run(Duration.ofMinutes(10), Map.of("tank/a<", true, "tank/b<", true), zfs, time);
    assertThat(report(snapshotter).error()).isEmpty();
    assertThat(zfs.names("tank/a")).hasSize(1);
  }

  @Test
  void asksZfsTwiceToSyncUpAndTwiceForARoundHoweverManyFilesystems() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(5));
    SnapshottingZfs zfs = new SnapshottingZfs(time);
    for (int i = 0; i < 50; i++) {
      zfs.with("tank/" + i);
    }
    run(HOUR, Map.of("tank<", true), zfs, time);
    assertThat(zfs.commands)
        .extracting(command -> command.substring(0, 8))
        .containsExactly("datasets", "versions", "datasets", "snapshot");
  }

  @Test
  void listsEverythingOnlyForAFilterThatCoversEverything() {
    VirtualTime time = new VirtualTime(T, MINUTE);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank").with("other");
    run(HOUR, Map.of("<", true, "other<", false), zfs, time);
    assertThat(zfs.commands).contains("datasets Everything[]");
    assertThat(zfs.names("tank")).hasSize(1);
    assertThat(zfs.names("other")).isEmpty();
  }

  @Test
  void filterThatSelectsNothingCostsNoCommandAndStillNotifies() {
    VirtualTime time = new VirtualTime(T, MINUTE);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    run(HOUR, Map.of("tank<", false), zfs, time);
    assertThat(zfs.commands).isEmpty();
    assertThat(rounds).hasSize(1);
  }

  @Test
  void waitsForTheSyncPoint() {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs =
        new SnapshottingZfs(time)
            .with("tank/a", taken("z_1", T.minus(Duration.ofMinutes(20))))
            .with("tank/b");
    List<String> asleep = new ArrayList<>();
    Snapshotter snapshotter = prepare(HOUR, Map.of("tank<", true), zfs, time);
    time.onSleep(() ->
        asleep.add(
            report(snapshotter).state() + " " + report(snapshotter).sleepUntil().orElseThrow()));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(asleep)
        .startsWith("SYNC_UP 2026-07-04T05:46:07Z")
        .endsWith("WAITING 2026-07-04T06:46:07Z");
    assertThat(rounds).containsExactly(Duration.ofMinutes(40));
    assertThat(zfs.names("tank/b")).containsExactly("z_2026-07-04T05:46:07.000Z");
    assertThat(report(snapshotter).progress()).hasSize(2);
  }

  @Test
  void reportBeforeTheFirstRoundTellsOfSnapshotsOfEarlierRuns() {
    VirtualTime time = new VirtualTime(T, MINUTE);
    Instant before = T.minus(Duration.ofMinutes(20));
    SnapshottingZfs zfs =
        new SnapshottingZfs(time).with("tank/a", taken("z_1", before)).with("tank/b");
    Snapshotter snapshotter = run(HOUR, Map.of("tank<", true), zfs, time);
    assertThat(rounds).isEmpty();
    assertThat(snapshotter.report().progress())
        .extracting(p -> p.path() + " " + p.state() + " " + p.last().map(LastSnapshot::name))
        .containsExactly("tank/a PENDING Optional[z_1]", "tank/b PENDING Optional.empty");
  }

  @Test
  void reportTellsUntilWhenItSleepsAndWhatWentWrong() {
    VirtualTime time = new VirtualTime(T, MINUTE);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank/a").with("tank/b");
    zfs.culprits.put(DatasetPath.of("tank/b"), "out of space");
    run(HOUR, Map.of("tank<", true), zfs, time);
    SnapshotterReport.Periodic report = afterRounds.getFirst();
    assertThat(report.state()).isEqualTo(SnapshotterPhase.ERROR_WAIT);
    assertThat(report.sleepUntil()).contains(T.plus(HOUR));
    assertThat(report.error())
        .isEqualTo("1 of 2 snapshots could not be taken; tank/b: out of space");
    assertThat(report.progress())
        .extracting(p -> p.path() + " " + p.state().number() + " " + p.error())
        .containsExactly("tank/a 4 ", "tank/b 8 out of space");
  }

  @Test
  void reportBeforeTheStartIsThatOfSyncUp() {
    VirtualTime time = new VirtualTime(T, MINUTE);
    Snapshotter snapshotter =
        make(every(HOUR), Map.of("<", true), new SnapshottingZfs(time), time, () -> {});
    assertThat(snapshotter.report())
        .isEqualTo(
            new SnapshotterReport.Periodic(
                SnapshotterPhase.SYNC_UP,
                Optional.empty(),
                Optional.empty(),
                "",
                List.of(),
                Optional.empty()));
  }

  @Test
  void syncUpIsTriedAgainUntilItSucceeds() {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs =
        new SnapshottingZfs(time).with("tank", taken("z_1", T.minus(Duration.ofMinutes(50))));
    zfs.listFailure =
        Optional.of(SnapshottingZfs.failure(FailureScope.JOB, "pool is not imported"));
    time.onSleep(() -> {
      if (time.elapsed().compareTo(Duration.ofMinutes(5)) >= 0) {
        zfs.listFailure = Optional.empty();
      }
    });
    run(HOUR, Map.of("tank<", true), zfs, time);
    assertThat(rounds).as("the rhythm of before is found").containsExactly(Duration.ofMinutes(10));
  }

  @Test
  void snapshotsOfTheFutureAreFollowedByARoundAsSoonAsTheClockIsRight() {
    VirtualTime time = new VirtualTime(Instant.EPOCH, Duration.ofMinutes(30));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank", taken("z_1", T));
    time.jump(Duration.ofMinutes(3), Duration.between(Instant.EPOCH, T));
    run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    assertThat(rounds).startsWith(Duration.ofMinutes(3), Duration.ofMinutes(13));
  }

  @Test
  void snapshotsOfTheFutureDelayTheFirstRoundByOneInterval() {
    // The clock was two hours ahead when they were taken, and was then set right.
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(35));
    SnapshottingZfs zfs =
        new SnapshottingZfs(time).with("tank", taken("z_1", T.plus(HOUR.multipliedBy(2))));
    Snapshotter snapshotter = prepare(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    List<SnapshotterReport.Periodic> asleep = new ArrayList<>();
    time.onSleep(() -> asleep.add(report(snapshotter)));
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(asleep.getFirst().state()).isEqualTo(SnapshotterPhase.SYNC_UP_ERROR_WAIT);
    assertThat(asleep.getFirst().error()).contains("is the clock right?");
    assertThat(asleep.getFirst().nextDue()).contains(T.plus(Duration.ofMinutes(10)));
    assertThat(rounds)
        .containsExactly(Duration.ofMinutes(10), Duration.ofMinutes(20), Duration.ofMinutes(30));
  }

  @Test
  void finishingWaitsForSnapshotsThatARoundDidNotWaitFor() throws Exception {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("good").with("slow");
    zfs.hanging =
        Optional.of(snapshot -> snapshot.filesystem().pool().equals(DatasetPath.of("slow")));
    CountDownLatch done = new CountDownLatch(1);
    zfs.repaired = done;
    patience = Duration.ofMillis(1);
    Snapshotter snapshotter =
        prepare(Duration.ofMinutes(10), Map.of("good<", true, "slow<", true), zfs, time);
    AtomicBoolean told = new AtomicBoolean();
    time.onSleep(() -> {
      snapshotter.finish();
      told.set(true);
    });
    Thread running = Thread.ofPlatform().start(() -> runUninterrupted(snapshotter));
    // One that did not wait would have interrupted the snapshot before it waits for the end of
    // that.
    Awaitility.await("it waits for what is left")
        .until(() -> told.get() && running.getState() == Thread.State.WAITING);
    done.countDown();
    running.join();
    assertThat(zfs.names("slow")).hasSize(1);
  }

  private static void runUninterrupted(Snapshotter snapshotter) {
    try {
      snapshotter.run();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void poolThatHangsStopsNoOtherPool() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(35));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("good").with("hung").with("hung/a");
    CountDownLatch repaired = new CountDownLatch(1);
    zfs.hanging =
        Optional.of(snapshot -> snapshot.filesystem().pool().equals(DatasetPath.of("hung")));
    zfs.repaired = repaired;
    patience = Duration.ofSeconds(2); // of real time, for the other pool to be done in
    AtomicReference<SnapshotterReport> whileHung = new AtomicReference<>();
    CountDownLatch late = new CountDownLatch(1);
    Snapshotter snapshotter =
        make(
            every(Duration.ofMinutes(10)),
            Map.of("good<", true, "hung<", true),
            zfs,
            time,
            () -> {
              rounds.add(time.elapsed());
              if (Thread.currentThread().getName().equals("snapshot hung")) {
                late.countDown();
              }
            });
    time.onSleep(() -> {
      if (time.elapsed().equals(Duration.ofMinutes(15))) {
        whileHung.set(snapshotter.report());
      }
    });
    zfs.onList =
        () -> {
          if (time.elapsed().equals(Duration.ofMinutes(20)) && zfs.hanging.isPresent()) {
            zfs.hanging = Optional.empty();
            repaired.countDown();
            awaitUninterruptibly(late);
          }
        };
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(zfs.names("good")).hasSize(4);
    assertThat(zfs.names("hung/a"))
        .as("that of the first round, which was late, and those since the repair")
        .containsExactly(
            "z_2026-07-04T05:06:07.000Z",
            "z_2026-07-04T05:26:07.000Z",
            "z_2026-07-04T05:36:07.000Z");
    assertThat(rounds)
        .as("the job is told of rounds, and of those that were late")
        .containsExactly(
            Duration.ZERO,
            Duration.ofMinutes(10),
            Duration.ofMinutes(20),
            Duration.ofMinutes(20),
            Duration.ofMinutes(30));
    assertThat(whileHung.get())
        .extracting("error")
        .asString()
        .contains("2 filesystems of pool hung were left out");
    assertThat(whileHung.get().progress())
        .extracting(each -> each.path() + " " + each.state())
        .containsExactly("good DONE", "hung STARTED", "hung/a STARTED");
    assertThat(told)
        .anyMatch(line -> line.contains("the round goes on without this pool"))
        .anyMatch(line -> line.contains("left out of this round"));
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void roundsInOneSecondHaveDifferentNames() {
    VirtualTime time = new VirtualTime(T, HOUR);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    Snapshotter snapshotter =
        make(
            new SnapshottingSettings.Manual(),
            Map.of("tank<", true),
            zfs,
            time,
            () -> rounds.add(time.elapsed()));
    time.pass(Duration.ofMillis(300));
    zfs.onSnapshot =
        snapshots -> {
          if (zfs.names("tank").isEmpty()) {
            snapshotter.request();
          }
        };
    snapshotter.request();
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);
    assertThat(zfs.names("tank"))
        .containsExactly("zrepl_20260704_050607_000", "zrepl_20260704_050608_000");
    assertThat(rounds).containsExactly(Duration.ofMillis(300), Duration.ofSeconds(1));
    assertThat(snapshotter.report()).extracting("error").isEqualTo("");
  }

  @Test
  void failedListingIsFollowedByTheNextRoundInTheRhythm() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(25));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    time.onSleep(() ->
        zfs.listFailure =
            time.elapsed().compareTo(Duration.ofMinutes(12)) < 0
                ? Optional.of(SnapshottingZfs.failure(FailureScope.JOB, "no zfs"))
                : Optional.empty());
    run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    assertThat(rounds).containsExactly(Duration.ZERO, Duration.ofMinutes(20));
  }

  @Test
  void overlongRoundIsFollowedByTheNextAtOnce() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(69));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    zfs.onSnapshot = snapshots -> time.pass(Duration.ofMinutes(zfs.commands.size() < 7 ? 25 : 1));
    run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    assertThat(rounds)
        .containsExactly(
            Duration.ofMinutes(25), // begun at 0
            Duration.ofMinutes(50), // begun at 25
            Duration.ofMinutes(51), // begun at 50
            Duration.ofMinutes(61)); // begun at 60
  }

  @Test
  void afterASuspendTheDueRoundBeginsWithinTenSeconds() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(9));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    // The timer stands still while the wall clock goes on for two days.
    time.jump(Duration.ofSeconds(61), Duration.ofDays(2));
    run(HOUR, Map.of("tank<", true), zfs, time);
    assertThat(rounds).containsExactly(Duration.ZERO, Duration.ofSeconds(70));
  }

  @Test
  void clockThatWasSetBackDelaysByOneIntervalAtMost() {
    VirtualTime time = new VirtualTime(T, Duration.ofHours(3));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    time.jump(Duration.ofSeconds(65), Duration.ofDays(-3650));
    run(HOUR, Map.of("tank<", true), zfs, time);
    assertThat(rounds)
        .containsExactly(Duration.ZERO, HOUR.plusSeconds(70), HOUR.plusSeconds(70).plus(HOUR));
  }

  @Test
  void defectsDoNotEndIt() {
    VirtualTime time = new VirtualTime(T, Duration.ofMinutes(25));
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank");
    zfs.onSnapshot =
        snapshots -> {
          throw new IllegalStateException("impossible");
        };
    run(Duration.ofMinutes(10), Map.of("tank<", true), zfs, time);
    assertThat(afterRounds)
        .hasSize(3)
        .allSatisfy(report -> assertThat(report.error()).contains("impossible"));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void keepsItsRhythmWhateverHappens(long seed) {
    Random random = new Random(seed);
    Duration interval = MINUTE.multipliedBy(1 + random.nextInt(90));
    Duration horizon = interval.multipliedBy(60);
    VirtualTime time = new VirtualTime(T, horizon);
    SnapshottingZfs zfs = new SnapshottingZfs(time).with("tank/a").with("tank/b").with("tank/c");
    if (random.nextInt(3) > 0) {
      zfs.with("tank/b", taken("z_1", T.minusSeconds(random.nextInt(7200))));
    }
    int jumps = seed % 2 == 0 ? 0 : 1 + random.nextInt(5);
    for (int i = 0; i < jumps; i++) {
      long at = 1 + (long) (random.nextDouble() * horizon.toSeconds());
      long by = (long) (random.nextGaussian() * interval.toSeconds() * 3);
      time.jump(Duration.ofSeconds(at), Duration.ofSeconds(by));
    }
    List<Duration> starts = new ArrayList<>();
    zfs.onSnapshot =
        snapshots -> {
          zfs.culprits.clear();
          if (random.nextInt(4) == 0) {
            zfs.culprits.put(DatasetPath.of("tank/" + (char) ('a' + random.nextInt(3))), "x");
          }
          zfs.silent = random.nextBoolean();
          time.pass(Duration.ofSeconds((long) (random.nextDouble() * interval.toSeconds() * 0.4)));
        };
    Snapshotter snapshotter = prepare(interval, Map.of("tank<", true), zfs, time);
    zfs.onList =
        () -> {
          zfs.listFailure =
              random.nextInt(8) == 0
                  ? Optional.of(SnapshottingZfs.failure(FailureScope.JOB, "no zfs"))
                  : Optional.empty();
          if (report(snapshotter).state() == SnapshotterPhase.PLANNING) {
            starts.add(time.elapsed());
          }
        };
    assertThatThrownBy(snapshotter::run).isInstanceOf(InterruptedException.class);

    assertThat(rounds).as("seed %d", seed).hasSizeGreaterThan(10);
    assertThat(longestGap(starts, horizon, time, interval))
        .as("longest time without an attempt, beyond what jumps allow; seed %d", seed)
        .isLessThanOrEqualTo(interval.multipliedBy(2).plusSeconds(10));
    if (jumps == 0) {
      for (int i = 1; i < starts.size(); i++) {
        Duration due = starts.get(i - 1).plus(interval);
        Duration free = lastBefore(rounds, starts.get(i));
        assertThat(starts.get(i))
            .as("begin of round %d, seed %d", i, seed)
            .isEqualTo(due.compareTo(free) > 0 ? due : free);
      }
    }
  }

  /** When the last round ended before that time. */
  private static Duration lastBefore(List<Duration> ends, Duration time) {
    return ends.stream()
        .filter(end -> end.compareTo(time) <= 0)
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private static Duration longestGap(
      List<Duration> starts, Duration horizon, VirtualTime time, Duration interval) {
    Duration longest = Duration.ZERO;
    List<Duration> all = new ArrayList<>(starts);
    if (all.getLast().compareTo(horizon) < 0) {
      all.add(horizon);
    }
    for (int i = 1; i < all.size(); i++) {
      Duration from = all.get(i - 1);
      Duration to = all.get(i);
      Duration allowance = interval.plusSeconds(10).multipliedBy(time.jumpsBetween(from, to));
      Duration gap = to.minus(from).minus(allowance);
      longest = gap.compareTo(longest) > 0 ? gap : longest;
    }
    return longest;
  }
}
