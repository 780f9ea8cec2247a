package io.zrepl.snapshot;

import io.zrepl.base.RepeatedWork;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.snapshot.SnapshotterReport.Round;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * Takes the snapshots of a job by its settings, and whenever somebody asks for some.
 *
 * <p>The thread that calls {@link #run} steps {@link SnapshotterState} and does what it wants done.
 * {@link #report} and {@link #request} may be called by any thread at any time and do not block.
 */
public final class Snapshotter {
  private static final Duration AFTER_DEFECT = Duration.ofMinutes(1);

  /**
   * How often a sleep looks at the wall clock. A machine that was suspended, or whose clock was
   * set, takes a due snapshot within this time.
   */
  static final Duration LONGEST_SLEEP = Duration.ofSeconds(10);

  /** Filesystems that have to wait longer than this for their first snapshot are told about. */
  private static final Duration TOLD_WAIT = Duration.ofSeconds(1);

  /** How long a round waits for a name that no snapshot has yet. */
  private static final Duration LONGEST_WAIT_FOR_NAME = Duration.ofMinutes(1);

  /** What snapshots on request are called if the settings have no name for them. */
  private final SnapshottingSettings settings;

  private final SnapshotNaming names;
  private final Rhythm rhythm;
  private final SnapshotTargets targets;
  private final Zfs zfs;
  private final InstantSource clock;
  private final RequestableSleep sleep;
  private final Runnable afterRound;
  private final Duration patience;
  private final Hooks hooks;
  private final SnapshotObserver observer;
  private final Logger log;

  // Each is written by the thread in run(), or by one of a round at a time; read by report().
  private volatile Optional<SnapshotterState> state = Optional.empty();
  // The fault of the program after which no round has come to its end yet.
  private volatile Optional<String> defect = Optional.empty();
  private volatile Optional<Round> round = Optional.empty();
  private final SnapshotBoard board = new SnapshotBoard();
  // Set by any thread, read by the one in run().
  private volatile boolean finishing;

  // Of the thread in run().
  private Optional<SnapshotLanes> lanes = Optional.empty();

  /**
   * Prepares a snapshotter.
   *
   * @param filter which filesystems and volumes get snapshots; placeholders are no exception
   * @param stallLimit how long a hook may do nothing
   * @param afterRound called after each round, also if snapshots failed, and once more for each
   *     pool that a round did not wait for; by several threads; must return soon
   * @param observer hears what there is to count
   * @param log gets a line for each round and each failure
   * @param hookLog gets a line for each failure of a hook, and each line that a hook writes
   */
  public Snapshotter(
      SnapshottingSettings settings,
      DatasetFilter filter,
      Zfs zfs,
      InstantSource clock,
      Duration stallLimit,
      Runnable afterRound,
      SnapshotObserver observer,
      Logger log,
      Logger hookLog) {
    this(
        settings,
        filter,
        zfs,
        clock,
        RequestableSleep.system(),
        afterRound,
        SnapshotLanes.PATIENCE,
        new Hooks(settings.hooks(), stallLimit, clock, observer, hookLog),
        observer,
        log);
  }

  Snapshotter(
      SnapshottingSettings settings,
      DatasetFilter filter,
      Zfs zfs,
      InstantSource clock,
      RequestableSleep sleep,
      Runnable afterRound,
      Duration patience,
      Hooks hooks,
      SnapshotObserver observer,
      Logger log) {
    this.settings = settings;
    this.names = settings.names();
    this.rhythm = Rhythm.of(settings, ZoneId.systemDefault());
    this.targets = new SnapshotTargets(zfs, filter, observer, log);
    this.zfs = zfs;
    this.clock = clock;
    this.sleep = sleep;
    this.afterRound = afterRound;
    this.patience = patience;
    this.hooks = hooks;
    this.observer = observer;
    this.log = log;
  }

  /**
   * Takes snapshots until interrupted or told to finish; to be called once. A fault of the program
   * is told in log and report, and after a while it begins anew: snapshots that silently stop are
   * what nobody notices before they are needed.
   *
   * @throws InterruptedException when interrupted, the only way that it ends but {@link #finish};
   *     hooks that were due after a snapshot have run then
   */
  public void run() throws InterruptedException {
    boolean ended = false;
    while (!ended) {
      try {
        runUntilDefect();
        ended = true;
      } catch (RuntimeException | Error e) {
        String text = toldDefect(e);
        defect = Optional.of(text);
        round = round.map(current -> current.ended(clock.instant(), text));
        sleep.pause(AFTER_DEFECT);
      }
    }
  }

  private void runUntilDefect() throws InterruptedException {
    SnapshotterState.Step step = SnapshotterState.start(rhythm, clock.instant());
    SnapshotterState current = step.state();
    try (SnapshotLanes open = new SnapshotLanes(sleep, patience, afterRound)) {
      lanes = Optional.of(open);
      Queue<SnapshotterAction> actions = new ArrayDeque<>(step.actions());
      publish(current);
      while (!actions.isEmpty() && !finishing) {
        Optional<SnapshotterEvent> event = perform(actions.remove());
        if (event.isPresent()) {
          noteEnd(event.get());
          step = current.on(event.get());
          current = step.state();
          publish(current);
          actions.addAll(step.actions());
          if (event.get() instanceof SnapshotterEvent.RoundFinished) {
            defect = Optional.empty();
          }
        }
      }
      // Told to finish: what the last round did not wait for comes to its end too.
      open.awaitAll();
    } finally {
      state = Optional.of(current.on(new SnapshotterEvent.Cancelled(clock.instant())).state());
    }
  }

  /**
   * Reads which snapshots earlier runs have left, so that the report shows them before the first
   * round. Only a calendar needs that: {@link #run} of an interval begins with it. On a thread of
   * its own, since a pool that hangs must not delay a round; a failure is no more than a line of
   * the log.
   *
   * @throws InterruptedException when interrupted
   */
  public void findEarlierSnapshots() throws InterruptedException {
    if (!(settings instanceof SnapshottingSettings.Cron)) {
      return;
    }
    try {
      List<DatasetPath> filesystems = targets.quietly();
      if (!filesystems.isEmpty()) {
        board.foundEarlier(
            SyncPoint.newest(
                names.prefix(), filesystems, zfs.versions(DatasetSelection.exactly(filesystems))));
        board.showWaiting(filesystems);
      }
    } catch (ZfsException e) {
      log.atInfo().addKeyValue("err", e.describe()).log("cannot tell of earlier snapshots yet");
    } catch (RuntimeException | Error e) {
      toldDefect(e);
    }
  }

  /** Before the state changes, so that nobody who sees it idle misses the end. */
  private void noteEnd(SnapshotterEvent event) {
    switch (event) {
      case SnapshotterEvent.ListingFailed failed ->
          round = round.map(current -> current.ended(failed.now(), failed.error()));
      case SnapshotterEvent.RoundFinished finished ->
          round = round.map(current -> current.ended(finished.now(), finished.error().orElse("")));
      default -> {}
    }
  }

  /** Lets it take snapshots as soon as it does nothing else; any number of requests are one. */
  public void request() {
    sleep.request();
  }

  /** Lets {@link #run} return when the round that goes on is over; any thread, does not wait. */
  public void finish() {
    finishing = true;
    sleep.request();
  }

  private void publish(SnapshotterState next) {
    Optional<SnapshotterState> before = state;
    state = Optional.of(next);
    if (!before.map(SnapshotterState::due).equals(Optional.of(next.due()))) {
      observer.nextDue(next.due());
      log.atDebug()
          .addKeyValue("due", next.due().map(Instant::toString).orElse("on request"))
          .log("next round of snapshots");
    }
    if (next.missed() > 0 && before.map(SnapshotterState::missed).orElse(0) == 0) {
      observer.roundsMissed(next.missed());
      log.warn(missed(next.missed()));
    }
  }

  private static String missed(int count) {
    return "cron frequency is too high; snapshots were not taken %d times%s"
        .formatted(count, count == SnapshotterState.MOST_MISSED ? " or more" : "");
  }

  /** What the snapshotter does. */
  public SnapshotterReport report() {
    SnapshotterState now =
        state.orElseGet(() -> SnapshotterState.start(rhythm, clock.instant()).state());
    // Before the filesystems, so that those of a round that is over are seen as it left them.
    Optional<Round> current = round;
    boolean running =
        now.phase() == SnapshotterPhase.PLANNING || now.phase() == SnapshotterPhase.SNAPSHOTTING;
    List<FilesystemProgress> all = board.all();
    Optional<Instant> due = now.synced() ? now.due() : Optional.empty();
    return switch (settings) {
      case SnapshottingSettings.Manual _, SnapshottingSettings.OnRequest _ ->
          new SnapshotterReport.Manual(running, withDefect(now.error()), all, current);
      case SnapshottingSettings.Cron _ ->
          new SnapshotterReport.Cron(
              running,
              running ? Optional.of(now.lastStart()) : now.sleepUntil(),
              due,
              errors(now),
              all,
              current);
      case SnapshottingSettings.Periodic _ ->
          new SnapshotterReport.Periodic(
              now.phase(), now.sleepUntil(), due, withDefect(now.error()), all, current);
    };
  }

  private List<String> errors(SnapshotterState now) {
    List<String> errors = new ArrayList<>();
    String error = withDefect(now.error());
    if (!error.isEmpty()) {
      errors.add(error);
    }
    int missed = now.missedUntil(clock.instant());
    if (missed > 0) {
      errors.add(missed(missed));
    }
    return errors;
  }

  private Optional<SnapshotterEvent> perform(SnapshotterAction action) throws InterruptedException {
    return switch (action) {
      case SnapshotterAction.FindSyncPoint() -> Optional.of(findSyncPoint());
      case SnapshotterAction.Sleep sleepUntil -> Optional.of(sleep(sleepUntil.until()));
      case SnapshotterAction.ListFilesystems() -> Optional.of(listFilesystems());
      case SnapshotterAction.TakeSnapshots take -> Optional.of(takeSnapshots(take.filesystems()));
      case SnapshotterAction.NotifyJob() -> {
        afterRound.run();
        yield Optional.empty();
      }
      case SnapshotterAction.End() -> Optional.empty();
    };
  }

  private SnapshotterEvent sleep(Optional<Instant> until) throws InterruptedException {
    Duration remaining =
        until.map(time -> Duration.between(clock.instant(), time)).orElse(LONGEST_SLEEP);
    boolean requested =
        sleep.sleep(remaining.compareTo(LONGEST_SLEEP) < 0 ? remaining : LONGEST_SLEEP);
    Instant now = clock.instant();
    return requested ? new SnapshotterEvent.Requested(now) : new SnapshotterEvent.Woke(now);
  }

  private SnapshotterEvent findSyncPoint() throws InterruptedException {
    if (!(settings instanceof SnapshottingSettings.Periodic periodic)) {
      throw new IllegalStateException("only periodic snapshots have a sync point");
    }
    try {
      List<DatasetPath> filesystems = targets.list();
      SyncPoint point =
          SyncPoint.find(
              clock.instant(),
              periodic.interval(),
              periodic.names().prefix(),
              filesystems,
              filesystems.isEmpty()
                  ? Map.of()
                  : zfs.versions(DatasetSelection.exactly(filesystems)));
      board.found(point.newest());
      board.showWaiting(filesystems);
      tell(point);
      return point
          .at()
          .<SnapshotterEvent>map(at -> new SnapshotterEvent.SyncPointFound(at, clock.instant()))
          .orElseGet(() ->
              new SnapshotterEvent.SnapshotsInFuture(
                  "the newest snapshots of all filesystems are in the future; is the clock right?"
                      + " The next ones are taken in one interval",
                  clock.instant()));
    } catch (ZfsException e) {
      return syncPointFailed(told("cannot find out when to begin", e));
    } catch (RuntimeException | Error e) {
      return syncPointFailed(toldDefect(e));
    }
  }

  private SnapshotterEvent syncPointFailed(String error) {
    return new SnapshotterEvent.SyncPointFailed(error, clock.instant());
  }

  private void tell(SyncPoint point) {
    point
        .inFuture()
        .forEach(filesystem ->
            log.atError()
                .addKeyValue("fs", filesystem)
                .log("the newest snapshot is in the future; is the clock right?"));
    if (point.at().isEmpty()) {
      return;
    }
    Instant at = point.at().get();
    log.atInfo().addKeyValue("syncPoint", at).log("next snapshots are due");
    if (at.isAfter(clock.instant().plus(TOLD_WAIT))) {
      point
          .withoutSnapshots()
          .forEach(filesystem ->
              log.atWarn()
                  .addKeyValue("fs", filesystem)
                  .addKeyValue("syncPoint", at)
                  .log("has no snapshot yet, and gets its first one together with the others"));
    }
  }

  private SnapshotterEvent listFilesystems() throws InterruptedException {
    round = Optional.of(new Round(clock.instant(), Optional.empty(), ""));
    try {
      List<DatasetPath> filesystems = targets.list();
      return new SnapshotterEvent.FilesystemsListed(filesystems, clock.instant());
    } catch (ZfsException e) {
      return new SnapshotterEvent.ListingFailed(
          told("cannot list filesystems", e), clock.instant());
    } catch (RuntimeException | Error e) {
      return new SnapshotterEvent.ListingFailed(toldDefect(e), clock.instant());
    }
  }

  private SnapshotterEvent takeSnapshots(List<DatasetPath> filesystems)
      throws InterruptedException {
    Instant start = clock.instant();
    String name = "";
    Optional<String> error;
    try {
      name = unusedName();
      board.keepOnly(filesystems);
      observer.roundBegan(filesystems);
      Optional<String> failures =
          new SnapshotRound(
                  zfs,
                  clock,
                  hooks,
                  board.noting(name, observer),
                  log,
                  board::merge,
                  lanes.orElseThrow())
              .take(filesystems, name);
      List<String> all = Stream.of(targets.absent(), failures).flatMap(Optional::stream).toList();
      error = all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
    } catch (RuntimeException | Error e) {
      error = Optional.of(toldDefect(e));
    }
    Instant end = clock.instant();
    observer.roundEnded(Duration.between(start, end), error.isPresent());
    log.atInfo()
        .addMarker(RepeatedWork.roundEnded(targets.absent().isEmpty()))
        .addKeyValue("snap", name)
        .addKeyValue("taken", board.taken(name))
        .addKeyValue("filesystems", filesystems.size())
        .log(error.isEmpty() ? "took snapshots" : "took snapshots, with failures");
    return new SnapshotterEvent.RoundFinished(error, end);
  }

  /**
   * The name of now, or of a little later if the newest snapshots have that of now: few formats
   * tell more than seconds, and a round may follow another at once.
   */
  private String unusedName() throws InterruptedException {
    Instant limit = clock.instant().plus(LONGEST_WAIT_FOR_NAME);
    if (isUsed(names.nameAt(limit))) {
      return names.nameAt(clock.instant()); // it would be waited for in vain
    }
    Instant now = clock.instant();
    while (isUsed(names.nameAt(now)) && now.isBefore(limit)) {
      sleep.pause(Duration.between(now, now.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1)));
      now = clock.instant();
    }
    return names.nameAt(now);
  }

  private boolean isUsed(String name) {
    return board.taken(name) > 0;
  }

  private String withDefect(String error) {
    return defect.map(text -> error.isEmpty() ? text : text + "; " + error).orElse(error);
  }

  private String told(String what, ZfsException failure) {
    log.atError().addKeyValue("err", failure.describe()).log(what);
    return what + ": " + failure.describe();
  }

  private String toldDefect(Throwable defect) {
    log.atError().setCause(defect).log("defect in the program");
    return "defect in the program: " + defect;
  }
}
