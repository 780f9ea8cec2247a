package io.zrepl.snapshot;

import io.zrepl.base.Sleeper;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.FilteredListing;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * Takes the snapshots of a job by its settings.
 *
 * <p>The thread that calls {@link #run} steps {@link PeriodicState} and does what it wants done.
 * {@link #report} may be called by any thread at any time and does not block.
 */
public final class Snapshotter {
  /**
   * How often a sleep looks at the wall clock. A machine that was suspended, or whose clock was
   * set, takes a due snapshot within this time.
   */
  static final Duration LONGEST_SLEEP = Duration.ofSeconds(10);

  /** Filesystems that have to wait longer than this for their first snapshot are told about. */
  private static final Duration TOLD_WAIT = Duration.ofSeconds(1);

  private final SnapshottingSettings settings;
  private final DatasetFilter filter;
  private final Zfs zfs;
  private final InstantSource clock;
  private final Sleeper sleeper;
  private final Runnable afterRound;
  private final Logger log;

  // Each is written by the thread in run(), or by one of a round at a time; read by report().
  private volatile Optional<PeriodicState> state = Optional.empty();
  private volatile List<FilesystemProgress> progress = List.of();
  // Why the last listing did without some pools; used by the thread in run().
  private Optional<String> absent = Optional.empty();

  /**
   * Prepares a snapshotter.
   *
   * @param filter which filesystems and volumes get snapshots; placeholders are no exception
   * @param afterRound called after each round, also if snapshots failed; must return soon
   * @param log gets a line for each round and each failure
   */
  public Snapshotter(
      SnapshottingSettings settings,
      DatasetFilter filter,
      Zfs zfs,
      InstantSource clock,
      Sleeper sleeper,
      Runnable afterRound,
      Logger log) {
    this.settings = settings;
    this.filter = filter;
    this.zfs = zfs;
    this.clock = clock;
    this.sleeper = sleeper;
    this.afterRound = afterRound;
    this.log = log;
  }

  /**
   * Takes snapshots until interrupted; to be called once. Returns at once if the settings say that
   * there is nothing to do.
   *
   * @throws InterruptedException when interrupted, the only way that a periodic snapshotter ends
   */
  public void run() throws InterruptedException {
    switch (settings) {
      case SnapshottingSettings.Manual() -> {}
      case SnapshottingSettings.Periodic periodic -> runPeriodic(periodic);
      case SnapshottingSettings.Cron _ -> throw new IllegalStateException("no cron yet");
    }
  }

  /** What the snapshotter does. */
  public SnapshotterReport report() {
    return switch (settings) {
      case SnapshottingSettings.Manual() -> new SnapshotterReport.Manual();
      case SnapshottingSettings.Cron _ -> throw new IllegalStateException("no cron yet");
      case SnapshottingSettings.Periodic p -> {
        Optional<PeriodicState> current = state;
        yield new SnapshotterReport.Periodic(
            current.map(PeriodicState::phase).orElse(PeriodicPhase.SYNC_UP),
            current.flatMap(PeriodicState::sleepUntil),
            current.map(PeriodicState::error).orElse(""),
            progress);
      }
    };
  }

  private void runPeriodic(SnapshottingSettings.Periodic periodic) throws InterruptedException {
    PeriodicState.Step step = PeriodicState.start(periodic.interval(), clock.instant());
    PeriodicState current = step.state();
    try {
      Queue<PeriodicAction> actions = new ArrayDeque<>(step.actions());
      while (!actions.isEmpty()) {
        state = Optional.of(current);
        Optional<PeriodicEvent> event = perform(actions.remove(), periodic);
        if (event.isPresent()) {
          step = current.on(event.get());
          current = step.state();
          actions.addAll(step.actions());
        }
      }
    } finally {
      state = Optional.of(current.on(new PeriodicEvent.Cancelled()).state());
    }
  }

  private Optional<PeriodicEvent> perform(
      PeriodicAction action, SnapshottingSettings.Periodic periodic) throws InterruptedException {
    return switch (action) {
      case PeriodicAction.FindSyncPoint() -> Optional.of(findSyncPoint(periodic));
      case PeriodicAction.Sleep sleep -> Optional.of(sleep(sleep.until()));
      case PeriodicAction.ListFilesystems() -> Optional.of(listFilesystems());
      case PeriodicAction.TakeSnapshots take ->
          Optional.of(takeSnapshots(take.filesystems(), periodic.names()));
      case PeriodicAction.NotifyJob() -> {
        afterRound.run();
        yield Optional.empty();
      }
      case PeriodicAction.End() -> Optional.empty();
    };
  }

  private PeriodicEvent sleep(Instant until) throws InterruptedException {
    Duration remaining = Duration.between(clock.instant(), until);
    if (remaining.isPositive()) {
      sleeper.sleep(remaining.compareTo(LONGEST_SLEEP) < 0 ? remaining : LONGEST_SLEEP);
    }
    return new PeriodicEvent.Woke(clock.instant());
  }

  private PeriodicEvent findSyncPoint(SnapshottingSettings.Periodic periodic)
      throws InterruptedException {
    try {
      List<DatasetPath> filesystems = matching();
      SyncPoint point =
          SyncPoint.find(
              clock.instant(),
              periodic.interval(),
              periodic.names().prefix(),
              filesystems,
              filesystems.isEmpty()
                  ? Map.of()
                  : zfs.versions(DatasetSelection.exactly(filesystems)));
      tell(point);
      return point
          .at()
          .<PeriodicEvent>map(PeriodicEvent.SyncPointFound::new)
          .orElseGet(() ->
              new PeriodicEvent.SyncPointFailed(
                  "the newest snapshots of all filesystems are in the future; is the clock right?"));
    } catch (ZfsException e) {
      return new PeriodicEvent.SyncPointFailed(told("cannot find out when to begin", e));
    } catch (RuntimeException | Error e) {
      return new PeriodicEvent.SyncPointFailed(toldDefect(e));
    }
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

  private PeriodicEvent listFilesystems() throws InterruptedException {
    try {
      return new PeriodicEvent.FilesystemsListed(matching());
    } catch (ZfsException e) {
      return new PeriodicEvent.ListingFailed(told("cannot list filesystems", e));
    } catch (RuntimeException | Error e) {
      return new PeriodicEvent.ListingFailed(toldDefect(e));
    }
  }

  private PeriodicEvent takeSnapshots(List<DatasetPath> filesystems, SnapshotNaming names)
      throws InterruptedException {
    String name = "";
    Optional<String> error;
    try {
      name = names.nameAt(clock.instant());
      Optional<String> failures =
          new SnapshotRound(zfs, clock, log, p -> progress = p).take(filesystems, name);
      List<String> all = Stream.of(absent, failures).flatMap(Optional::stream).toList();
      error = all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
    } catch (RuntimeException | Error e) {
      error = Optional.of(toldDefect(e));
    }
    log.atInfo()
        .addKeyValue("snap", name)
        .addKeyValue("filesystems", filesystems.size())
        .log(error.isEmpty() ? "took snapshots" : "took snapshots, with failures");
    return new PeriodicEvent.RoundFinished(error);
  }

  /** The filesystems and volumes of the job in pools that answer. */
  private List<DatasetPath> matching() throws ZfsException, InterruptedException {
    FilteredListing listing = FilteredListing.read(zfs, filter);
    for (DatasetPath path : listing.missing()) {
      log.atWarn()
          .addKeyValue("fs", path)
          .log("the filter of the job names a dataset that does not exist");
    }
    Set<String> reasons = new TreeSet<>();
    listing.unavailable().values().forEach(failure -> reasons.add(failure.describe()));
    absent = reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons));
    absent.ifPresent(text ->
        log.atError().addKeyValue("err", text).log("takes snapshots in the other pools only"));
    return listing.datasets().stream().map(Dataset::path).filter(filter::matches).toList();
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
