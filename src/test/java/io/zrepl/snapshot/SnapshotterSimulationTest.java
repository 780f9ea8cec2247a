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
import io.zrepl.snapshot.hook.FakeHooks;
import io.zrepl.snapshot.hook.HookException;
import io.zrepl.snapshot.hook.HookObserver;
import io.zrepl.snapshot.hook.HookSettings;
import io.zrepl.snapshot.hook.HookStep.Edge;
import io.zrepl.snapshot.hook.HookSubject;
import io.zrepl.snapshot.hook.Hooks;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.helpers.NOPLogger;

/**
 * Days of a snapshotter in a world where clocks jump, machines sleep, ZFS and hooks fail or take
 * their time, and somebody asks for snapshots. A seed replays a run exactly, since at most one
 * thread works at a time.
 */
@Tag("slow")
@Timeout(120)
class SnapshotterSimulationTest {
  private static final Instant T = Instant.parse("2026-03-28T05:06:07Z");

  static LongStream seeds() {
    return LongStream.range(0, 60);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void keepsItsPromises(long seed) throws InvalidValueException {
    new World(seed).run();
  }

  /** A round, or the attempt of one. */
  private static final class Round {
    private final Duration start;
    private final boolean requested;
    private Optional<Duration> end = Optional.empty();

    Round(Duration start, boolean requested) {
      this.start = start;
      this.requested = requested;
    }
  }

  private static final class World {
    private final long seed;
    private final Random random;
    private final Duration interval;
    private final CronSchedule schedule;
    private final SnapshottingSettings settings;
    private final Duration horizon;
    private final VirtualTime time;
    private final SnapshottingZfs zfs;
    private final boolean jumps;
    private final boolean withHooks;
    private final boolean endsInAHook;
    private final Snapshotter snapshotter;

    private final List<Round> rounds = new ArrayList<>();
    private final List<Duration> requests = new ArrayList<>();
    private boolean requestPending;
    private int notified;
    private int listed;
    // hooks that ran before a snapshot and did not fail, innermost last
    private final Deque<String> open = new ArrayDeque<>();
    private final Set<String> fatal = new HashSet<>();
    private Optional<Instant> lastSeenDue = Optional.empty();
    private Instant lastWall = T;
    private int lastJumps;
    private int eventsBetween;
    private boolean interrupted;

    World(long seed) throws InvalidValueException {
      this.seed = seed;
      this.random = new Random(seed);
      this.interval = Duration.ofMinutes(1 + random.nextInt(90));
      this.schedule = CronSchedule.parse(expression());
      this.horizon = Duration.ofHours(50);
      this.time = new VirtualTime(T, horizon);
      this.zfs = new SnapshottingZfs(time).with("tank/a").with("tank/b").with("tank/c");
      this.jumps = random.nextInt(3) == 0;
      this.withHooks = random.nextBoolean();
      this.endsInAHook = withHooks && random.nextInt(3) == 0;
      this.settings = settings();
      this.snapshotter =
          new Snapshotter(
              settings,
              DatasetFilter.of(Map.of("tank<", true)),
              zfs,
              time,
              time,
              this::afterRound,
              SnapshotLanes.PATIENCE,
              hooks(),
              SnapshotObserver.NONE,
              NOPLogger.NOP_LOGGER);
    }

    private String expression() {
      String minutes = List.of("*/5", "7,37", "*", "59", "0-10").get(random.nextInt(5));
      String hours = List.of("*", "2-4", "*/6").get(random.nextInt(3));
      String zone = List.of("UTC", "Europe/Berlin", "Australia/Lord_Howe").get(random.nextInt(3));
      return "TZ=%s %s %s * * *".formatted(zone, minutes, hours);
    }

    private SnapshottingSettings settings() throws InvalidValueException {
      SnapshotNaming names = SnapshotNaming.of("z_", "iso-8601", "UTC");
      return switch ((int) (seed % 3)) {
        case 0 -> new SnapshottingSettings.Periodic(interval, names);
        case 1 -> new SnapshottingSettings.Cron(schedule, names, List.of());
        default -> new SnapshottingSettings.Manual();
      };
    }

    private Hooks hooks() throws InvalidValueException {
      List<HookSettings> list = new ArrayList<>();
      for (int i = 0; withHooks && i < 1 + random.nextInt(4); i++) {
        list.add(
            new HookSettings.Command(
                new HookSettings.Common(
                    DatasetFilter.of(Map.of("<", true)),
                    Duration.ofSeconds(30),
                    random.nextBoolean()),
                "x"));
      }
      return FakeHooks.of(
          list,
          time,
          HookObserver.NONE,
          (number, subject, edge) ->
              hook(number, subject, edge, list.get(number - 1).common().errorIsFatal()));
    }

    private void hook(int number, HookSubject subject, Edge edge, boolean errorIsFatal)
        throws HookException, InterruptedException {
      String key = subject.filesystem() + " " + number;
      time.pass(Duration.ofMillis(random.nextInt(random.nextInt(20) == 0 ? 300_000 : 500)));
      if (edge == Edge.AFTER) {
        assertThat(open.pollLast()).as(told("the innermost open hook")).isEqualTo(key);
        if (random.nextInt(8) == 0) {
          throw new HookException("after");
        }
        return;
      }
      if (endsInAHook && !interrupted && time.elapsed().compareTo(horizon.dividedBy(2)) > 0) {
        interrupted = true;
        open.addLast(key); // cancelled is not failed
        runner.interrupt();
        new CountDownLatch(1).await();
      }
      if (random.nextInt(8) == 0) {
        if (errorIsFatal) {
          fatal.add(subject.filesystem() + "@" + subject.snapshotName());
        }
        throw new HookException("before");
      }
      open.addLast(key);
    }

    private final Thread runner = Thread.currentThread();

    private String told(String what) {
      return what + ", seed " + seed;
    }

    void run() {
      prepare();
      assertThatThrownBy(snapshotter::run)
          .as(told("ends"))
          .isInstanceOf(InterruptedException.class);
      Thread.interrupted();
      assertThat(open).as(told("hooks that were left open")).isEmpty();
      assertThat(notified).as(told("notifications")).isEqualTo(interrupted ? listed - 1 : listed);
      checkRequests();
      if (!jumps && !interrupted) {
        switch (settings) {
          case SnapshottingSettings.Periodic _ -> checkRhythm();
          case SnapshottingSettings.Cron _ -> checkCalendar();
          case SnapshottingSettings.Manual _, SnapshottingSettings.OnRequest _ ->
              assertThat(rounds).as(told("rounds nobody asked for")).allMatch(r -> r.requested);
        }
      }
      if (snapshotter.report() instanceof SnapshotterReport.Periodic periodic) {
        assertThat(periodic.state()).isEqualTo(SnapshotterPhase.STOPPED);
      }
    }

    private void prepare() {
      if (random.nextBoolean()) {
        zfs.with(
            "tank/b",
            new Snapshot(
                "z_1",
                new Guid(1),
                new CreateTxg(1),
                T.minusSeconds(random.nextLong(interval.toSeconds()))));
      }
      for (int i = 0; jumps && i < 1 + random.nextInt(5); i++) {
        long by = (120 + random.nextInt(200_000)) * (random.nextBoolean() ? 1L : -1L);
        time.jump(Duration.ofSeconds(random.nextLong(horizon.toSeconds())), Duration.ofSeconds(by));
      }
      zfs.onSnapshot = this::snapshot;
      zfs.onList = this::list;
      time.onSleep(this::slept);
    }

    private void list() {
      eventsBetween++;
      boolean planning =
          switch (snapshotter.report()) {
            case SnapshotterReport.Periodic periodic ->
                periodic.state() == SnapshotterPhase.PLANNING;
            case SnapshotterReport.Cron cron -> cron.running();
            case SnapshotterReport.Manual manual -> manual.running();
          };
      if (planning) {
        rounds.add(new Round(time.elapsed(), requestPending));
        requestPending = false;
      }
      boolean fails = random.nextInt(12) == 0;
      zfs.listFailure =
          fails
              ? Optional.of(SnapshottingZfs.failure(FailureScope.JOB, "no zfs"))
              : Optional.empty();
      if (planning && fails) {
        rounds.getLast().end = Optional.of(time.elapsed());
      } else if (planning) {
        listed++;
      }
    }

    private void snapshot(Collection<SnapshotPath> snapshots) {
      snapshots.forEach(snapshot ->
          assertThat(fatal).as(told("no snapshot")).doesNotContain(snapshot.toString()));
      zfs.culprits.clear();
      if (random.nextInt(5) == 0) {
        zfs.culprits.put(DatasetPath.of("tank/" + (char) ('a' + random.nextInt(3))), "x");
      }
      zfs.silent = random.nextBoolean();
      time.pass(Duration.ofMillis(random.nextInt(random.nextInt(10) == 0 ? 400_000 : 3_000)));
      if (random.nextInt(10) == 0) {
        request();
      }
    }

    private void request() {
      snapshotter.request();
      requests.add(time.elapsed());
      requestPending = true;
    }

    private void afterRound() {
      notified++;
      assertThat(open).as(told("hooks that are open after a round")).isEmpty();
      rounds.getLast().end = Optional.of(time.elapsed());
    }

    /** Runs whenever a sleep is over that was not ended by a request. */
    private void slept() {
      Instant wall = time.instant();
      int jumpsSoFar = time.jumpsBetween(Duration.ZERO, time.elapsed());
      Optional<Instant> due =
          switch (snapshotter.report()) {
            case SnapshotterReport.Periodic periodic -> periodic.sleepUntil();
            case SnapshotterReport.Cron cron -> cron.wakeupTime();
            case SnapshotterReport.Manual _ -> Optional.empty();
          };
      boolean quiet = eventsBetween == 0 && jumpsSoFar == lastJumps;
      if (quiet && lastSeenDue.isPresent()) {
        assertThat(lastWall)
            .as(told("went on sleeping before it was due"))
            .isBefore(lastSeenDue.get());
      }
      if (quiet && due.isPresent() && settings instanceof SnapshottingSettings.Cron) {
        assertThat(due).as(told("what is due")).isEqualTo(schedule.next(lastWall, ZoneOffset.UTC));
      }
      if (quiet && due.isPresent() && settings instanceof SnapshottingSettings.Periodic) {
        assertThat(due.get()).as(told("longest wait")).isBeforeOrEqualTo(lastWall.plus(interval));
      }
      lastSeenDue = due;
      lastWall = wall;
      lastJumps = jumpsSoFar;
      eventsBetween = 0;
      if (random.nextInt(400) == 0) {
        request();
      }
    }

    /** Each request is followed by a round that begins after it, as soon as nothing else runs. */
    private void checkRequests() {
      for (Duration request : requests) {
        Optional<Round> next =
            rounds.stream().filter(round -> round.start.compareTo(request) >= 0).findFirst();
        Duration free =
            rounds.stream()
                .filter(round -> round.start.compareTo(request) < 0)
                .reduce((a, b) -> b)
                .flatMap(round -> round.end)
                .filter(end -> end.compareTo(request) > 0)
                .orElse(request);
        if (next.isPresent()) {
          assertThat(next.get().start)
              .as(told("round after the request at " + request))
              .isEqualTo(free);
        } else {
          assertThat(interrupted || free.plusSeconds(10).compareTo(horizon) > 0)
              .as(told("no round after the request at " + request))
              .isTrue();
        }
      }
    }

    /** Without jumps, a round begins one interval after the last, or when that one is over. */
    private void checkRhythm() {
      Optional<Duration> due = Optional.empty();
      Duration free = Duration.ZERO;
      for (Round round : rounds) {
        if (round.requested) {
          assertThat(round.start).as(told("free")).isGreaterThanOrEqualTo(free);
        } else {
          if (due.isPresent()) {
            assertThat(round.start)
                .as(told("scheduled round"))
                .isEqualTo(due.get().compareTo(free) > 0 ? due.get() : free);
          }
          due = Optional.of(round.start.plus(interval));
        }
        free = round.end.orElse(round.start);
      }
    }

    /** Rounds that make up for times during the one before, which somebody had asked for. */
    private Set<Round> makingUp() {
      Set<Round> found = new HashSet<>();
      for (int i = 1; i < rounds.size(); i++) {
        int first = i;
        while (first > 0 && follows(rounds.get(first - 1), rounds.get(first))) {
          first--;
        }
        Instant begin = T.plus(rounds.get(first).start).minusMillis(1);
        Instant free = T.plus(rounds.get(i).start);
        if (first < i
            && schedule
                .next(begin, ZoneOffset.UTC)
                .map(tick -> !tick.isAfter(free))
                .orElse(false)) {
          found.add(rounds.get(i));
        }
      }
      return found;
    }

    private static boolean follows(Round onRequest, Round next) {
      return onRequest.requested && onRequest.end.orElse(onRequest.start).equals(next.start);
    }

    /** Without jumps, a round begins at each time of the schedule at which no other one runs. */
    private void checkCalendar() {
      Set<Instant> starts = new HashSet<>();
      Set<Round> makingUp = makingUp();
      for (Round round : rounds) {
        if (!round.requested && !makingUp.contains(round)) {
          starts.add(T.plus(round.start));
          assertThat(schedule.next(T.plus(round.start).minusMillis(1), ZoneOffset.UTC))
              .as(told("a time of the schedule"))
              .contains(T.plus(round.start));
        }
      }
      Optional<Instant> tick = schedule.next(T, ZoneOffset.UTC);
      while (tick.isPresent() && tick.get().isBefore(T.plus(horizon))) {
        Duration at = Duration.between(T, tick.get());
        boolean busy =
            rounds.stream()
                .anyMatch(round ->
                    round.start.compareTo(at) <= 0
                        && round.end.map(end -> end.compareTo(at) >= 0).orElse(true));
        assertThat(starts.contains(tick.get()) || busy).as(told("round at " + tick.get())).isTrue();
        tick = schedule.next(tick.get(), ZoneOffset.UTC);
      }
    }
  }
}
