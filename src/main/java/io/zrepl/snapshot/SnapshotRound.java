package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.snapshot.SnapshotLanes.Lane;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.snapshot.hook.Bracket;
import io.zrepl.snapshot.hook.HookSubject;
import io.zrepl.snapshot.hook.Hooks;
import io.zrepl.zfs.SnapshotCommandLines;
import io.zrepl.zfs.SnapshotException;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * Takes one snapshot of each of many filesystems, all of the same name, with one atomic command per
 * pool. A filesystem that ZFS refuses does not keep the others from getting theirs: those that ZFS
 * names are left out and the rest is tried again as one, until it names none; then, one by one.
 *
 * <p>Filesystems around whose snapshot hooks run are taken one after the other, each with a command
 * of its own between its hooks.
 *
 * <p>Pools do not wait for each other, and nobody waits for hooks but who has them in the same
 * pool; see {@link SnapshotLanes}.
 */
final class SnapshotRound {
  /** How many different failures the summary tells; the report has them all. */
  private static final int REASONS_IN_SUMMARY = 3;

  /**
   * How often those that are left after ZFS named some are tried together: of datasets that are
   * gone it names only the first.
   */
  private static final int ATTEMPTS_TOGETHER = 10;

  /** How soon a pool that does not answer is tried again within the round. */
  private static final Duration POOL_RETRY = Duration.ofSeconds(10);

  /** What zfs(8) says about a snapshot whose name is taken. */
  private static final String EXISTS = "dataset already exists";

  private final Zfs zfs;
  private final InstantSource clock;
  private final Hooks hooks;
  private final SnapshotObserver observer;
  private final Logger log;
  private final Consumer<List<FilesystemProgress>> publish;
  private final SnapshotLanes lanes;
  private final Instant begin;

  // guarded by this
  private final Map<DatasetPath, FilesystemProgress> progress = new TreeMap<>();
  private final Set<DatasetPath> taken = new HashSet<>();

  // Pools in which a bracketed snapshot failed for a reason that concerns all.
  private final Map<DatasetPath, String> failedPools = new ConcurrentHashMap<>();

  /**
   * Prepares a round.
   *
   * @param publish gets the progress, by path, whenever it changes; from several threads, but never
   *     two at once. After the round of those that were late only
   */
  SnapshotRound(
      Zfs zfs,
      InstantSource clock,
      Hooks hooks,
      SnapshotObserver observer,
      Logger log,
      Consumer<List<FilesystemProgress>> publish,
      SnapshotLanes lanes) {
    this.zfs = zfs;
    this.clock = clock;
    this.hooks = hooks;
    this.observer = observer;
    this.log = log;
    this.publish = publish;
    this.lanes = lanes;
    this.begin = clock.instant();
  }

  /**
   * Takes the snapshots; to be called once. Leaves out lanes that are busy with an earlier round,
   * and goes on without those that take too long.
   *
   * @return a summary of the failures, empty if there were none
   */
  Optional<String> take(List<DatasetPath> filesystems, String name) throws InterruptedException {
    hooks.tellUnused(filesystems);
    Map<Lane, List<DatasetPath>> byLane = new LinkedHashMap<>();
    for (DatasetPath filesystem : filesystems) {
      byLane.computeIfAbsent(lane(filesystem), _ -> new ArrayList<>()).add(filesystem);
    }
    Map<Lane, List<DatasetPath>> leftOut = new LinkedHashMap<>(byLane);
    leftOut.keySet().removeIf(lane -> !lanes.isBusy(lane));
    byLane.keySet().removeAll(leftOut.keySet());
    Map<Lane, TaskGroup.Task> work = new LinkedHashMap<>();
    synchronized (this) {
      byLane.forEach((lane, all) -> {
        List<SnapshotPath> valid = prepare(all, name);
        if (!valid.isEmpty()) {
          work.put(
              lane,
              lane.withHooks()
                  ? () -> takeBetweenHooks(valid)
                  : () -> guarded(valid, () -> takeTogether(valid)));
        }
      });
      publish.accept(List.copyOf(progress.values()));
    }
    leftOut.forEach(this::tellLeftOut);
    Set<Lane> late = lanes.run(work);
    late.forEach(lane ->
        log.atWarn()
            .addKeyValue("pool", lane)
            .addKeyValue("snap", name)
            .log("snapshots still are not taken; the round goes on without this pool"));
    synchronized (this) {
      Optional<String> summary = summary(leftOut);
      // Of these only, this round tells any more; the others belong to the next one.
      progress.keySet().removeIf(filesystem -> !late.contains(lane(filesystem)));
      return summary;
    }
  }

  private Lane lane(DatasetPath filesystem) {
    return new Lane(filesystem.pool(), hooks.concern(filesystem));
  }

  private void tellLeftOut(Lane lane, List<DatasetPath> filesystems) {
    log.atError()
        .addKeyValue("pool", lane)
        .addKeyValue("filesystems", filesystems.size())
        .log("left out of this round: the snapshots of an earlier one are still being taken");
    filesystems.forEach(observer::filesystemFailed);
  }

  /** Those whose names are valid; the others fail. */
  private List<SnapshotPath> prepare(List<DatasetPath> filesystems, String name) {
    List<SnapshotPath> valid = new ArrayList<>();
    for (DatasetPath filesystem : filesystems) {
      FilesystemProgress pending = FilesystemProgress.pending(filesystem, name);
      try {
        valid.add(SnapshotPath.of(filesystem, name));
        progress.put(filesystem, pending);
      } catch (InvalidValueException e) {
        String reason = String.valueOf(e.getMessage());
        progress.put(filesystem, pending.failed(clock.instant(), reason));
        logFailure(filesystem, name, reason);
        observer.filesystemFailed(filesystem);
      }
    }
    return valid;
  }

  private void guarded(List<SnapshotPath> all, TaskGroup.Task task) throws InterruptedException {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("defect in the program while taking snapshots");
      all.forEach(snapshot ->
          update(
              List.of(snapshot),
              p ->
                  p.doneAt().isPresent()
                      ? p
                      : p.failed(clock.instant(), "defect in the program: " + e)));
    }
  }

  private void takeBetweenHooks(List<SnapshotPath> all) throws InterruptedException {
    for (SnapshotPath snapshot : all) {
      String reason = failedPools.get(snapshot.filesystem().pool());
      if (reason != null) {
        fail(snapshot, reason);
      } else {
        guarded(List.of(snapshot), () -> takeBetweenHooks(snapshot));
      }
    }
  }

  private void takeBetweenHooks(SnapshotPath snapshot) throws InterruptedException {
    List<SnapshotPath> one = List.of(snapshot);
    update(one, p -> p.started(clock.instant()));
    Bracket end =
        hooks.around(
            new HookSubject(snapshot.filesystem(), snapshot.name()),
            () -> takeAlone(snapshot),
            bracket -> update(one, p -> p.withHooks(bracket)));
    Optional<String> failures = end.failures();
    if (isTaken(snapshot)) {
      // One that came too late is there all the same.
      failures =
          Stream.of(end.snapshotFailure(), failures)
              .flatMap(Optional::stream)
              .reduce((a, b) -> a + "; " + b);
      if (failures.isPresent()) {
        observer.filesystemFailed(snapshot.filesystem());
      }
      Instant now = clock.instant();
      Optional<String> error = failures.map(text -> "the snapshot was taken, but " + text);
      update(one, p -> error.map(text -> p.failed(now, text)).orElseGet(() -> p.done(now)));
    } else {
      String reason = end.snapshotFailure().orElse("no snapshot was taken");
      fail(snapshot, failures.map(text -> reason + "; " + text).orElse(reason));
    }
  }

  /** Takes it; gives the reason why not, or the empty text. */
  private String takeAlone(SnapshotPath snapshot) throws InterruptedException {
    Instant start = clock.instant();
    try {
      zfs.snapshot(List.of(snapshot));
      noteTaken(List.of(snapshot), start);
      return "";
    } catch (ZfsException e) {
      String reason =
          e instanceof SnapshotException refused
              ? refused.culprits().getOrDefault(snapshot, e.describe())
              : e.describe();
      if (e.scope() != FailureScope.FILESYSTEM) {
        failedPools.put(snapshot.filesystem().pool(), e.describe());
      }
      return reason;
    }
  }

  private synchronized boolean isTaken(SnapshotPath snapshot) {
    return taken.contains(snapshot.filesystem());
  }

  private synchronized void noteTaken(Collection<SnapshotPath> snapshots, Instant start) {
    Instant now = clock.instant();
    Duration duration = Duration.between(start, now);
    for (SnapshotPath snapshot : snapshots) {
      taken.add(snapshot.filesystem());
      log.atDebug()
          .addKeyValue("fs", snapshot.filesystem())
          .addKeyValue("snap", snapshot.name())
          .log("took the snapshot");
      observer.snapshotTaken(snapshot.filesystem(), now, duration);
    }
  }

  private void takeTogether(List<SnapshotPath> all) throws InterruptedException {
    update(all, p -> p.started(clock.instant()));
    List<List<SnapshotPath>> commands = SnapshotCommandLines.split(all);
    if (commands.size() > 1) {
      tellSplit(all, commands.size());
    }
    for (List<SnapshotPath> each : commands) {
      takeWithOneCommand(each);
    }
  }

  /** As many of them at one instant as possible. */
  private void takeWithOneCommand(List<SnapshotPath> all) throws InterruptedException {
    List<SnapshotPath> rest = all;
    boolean named = true;
    for (int attempt = 1; attempt <= ATTEMPTS_TOGETHER && named && !rest.isEmpty(); attempt++) {
      Instant start = clock.instant();
      try {
        zfs.snapshot(rest);
        done(rest, start);
        return;
      } catch (ZfsException e) {
        if (e.problem() == ZfsProblem.POOL_SUSPENDED && attempt == 1) {
          waitForPool(rest, e);
          continue;
        }
        List<SnapshotPath> open = sortOut(rest, e, attempt > 1);
        named = open.size() < rest.size();
        rest = open;
        if (!named || attempt == ATTEMPTS_TOGETHER) {
          tellNotTogether(rest, e);
        }
      }
    }
    while (!rest.isEmpty()) {
      // A failure of the whole pool concerns the others, too: see sortOut.
      rest = takeFirst(rest);
    }
  }

  /** A killed command may die a little later, and be all that is wrong with the pool. */
  private void waitForPool(List<SnapshotPath> snapshots, ZfsException failure)
      throws InterruptedException {
    log.atWarn()
        .addKeyValue("pool", snapshots.getFirst().filesystem().pool())
        .addKeyValue("err", failure.describe())
        .log("the pool does not answer; it is tried once more a little later");
    lanes.pause(POOL_RETRY);
  }

  /** Somebody may count on it. */
  private void tellNotTogether(List<SnapshotPath> rest, ZfsException failure) {
    if (rest.size() > 1) {
      log.atWarn()
          .addKeyValue("pool", rest.getFirst().filesystem().pool())
          .addKeyValue("filesystems", rest.size())
          .addKeyValue("snap", rest.getFirst().name())
          .addKeyValue("err", failure.describe())
          .log(
              "the snapshots cannot be taken together; they are taken one by one, not at one instant");
    }
  }

  /** What does not fit into one command is not atomic, and somebody may count on that. */
  private void tellSplit(List<SnapshotPath> all, int commands) {
    log.atWarn()
        .addKeyValue("pool", all.getFirst().filesystem().pool())
        .addKeyValue("filesystems", all.size())
        .addKeyValue("commands", commands)
        .log(
            "the names are too long for one command line; the snapshots of this pool are not taken at one instant");
  }

  /** Tries to take the first; returns those that may be tried after it. */
  private List<SnapshotPath> takeFirst(List<SnapshotPath> snapshots) throws InterruptedException {
    List<SnapshotPath> first = List.of(snapshots.getFirst());
    List<SnapshotPath> others = snapshots.subList(1, snapshots.size());
    Instant start = clock.instant();
    try {
      zfs.snapshot(first);
      done(first, start);
    } catch (ZfsException e) {
      if (e.scope() != FailureScope.FILESYSTEM) {
        // The others would fail like it, one slow command after the other.
        return sortOut(snapshots, e, true);
      }
      sortOut(first, e, true);
    }
    return others;
  }

  /** Judges each snapshot of a command that failed; returns those that may be tried again. */
  private List<SnapshotPath> sortOut(
      List<SnapshotPath> snapshots, ZfsException failure, boolean repeated)
      throws InterruptedException {
    boolean allFail = failure.scope() != FailureScope.FILESYSTEM;
    Map<SnapshotPath, String> culprits =
        failure instanceof SnapshotException e ? e.culprits() : Map.of();
    Set<SnapshotPath> before = repeated ? takenBefore(culprits) : Set.of();
    List<SnapshotPath> open = new ArrayList<>();
    for (SnapshotPath snapshot : snapshots) {
      String reason = culprits.get(snapshot);
      if (before.contains(snapshot)) {
        done(List.of(snapshot), clock.instant());
      } else if (reason != null && !allFail) {
        fail(snapshot, reason);
      } else {
        open.add(snapshot);
      }
    }
    if (allFail && !open.isEmpty()) {
      failTogether(open, failure);
      return List.of();
    }
    if (snapshots.size() == 1 && !open.isEmpty()) {
      fail(open.getFirst(), failure.describe());
      return List.of();
    }
    return open;
  }

  /**
   * A command that failed may have taken snapshots all the same, if it was killed. They are known
   * by their age from others of that name.
   */
  private Set<SnapshotPath> takenBefore(Map<SnapshotPath, String> culprits)
      throws InterruptedException {
    Set<SnapshotPath> existing = new HashSet<>();
    culprits.forEach((snapshot, reason) -> {
      if (reason.contains(EXISTS)) {
        existing.add(snapshot);
      }
    });
    Set<SnapshotPath> ours = new HashSet<>();
    if (existing.isEmpty()) {
      return ours;
    }
    Instant start = begin.truncatedTo(ChronoUnit.SECONDS); // ZFS knows whole seconds only
    try {
      Map<VersionPath, FilesystemVersion> found = zfs.lookup(existing);
      for (SnapshotPath snapshot : existing) {
        FilesystemVersion version = found.get(snapshot);
        if (version != null && !version.creation().isBefore(start)) {
          ours.add(snapshot);
        }
      }
    } catch (ZfsException e) {
      log.atWarn().addKeyValue("err", e.describe()).log("cannot look at existing snapshots");
    }
    return ours;
  }

  private void done(List<SnapshotPath> snapshots, Instant start) {
    noteTaken(snapshots, start);
    update(snapshots, p -> p.done(clock.instant()));
  }

  private void fail(SnapshotPath snapshot, String reason) {
    update(List.of(snapshot), p -> p.failed(clock.instant(), reason));
    logFailure(snapshot.filesystem(), snapshot.name(), reason);
    observer.filesystemFailed(snapshot.filesystem());
  }

  /** One line for all that fail for the same reason: there may be thousands. */
  private void failTogether(List<SnapshotPath> snapshots, ZfsException failure) {
    update(snapshots, p -> p.failed(clock.instant(), failure.describe()));
    log.atError()
        .addKeyValue("pool", snapshots.getFirst().filesystem().pool())
        .addKeyValue("filesystems", snapshots.size())
        .addKeyValue("snap", snapshots.getFirst().name())
        .addKeyValue("err", failure.describe())
        .log("no snapshots could be taken in this pool");
    snapshots.forEach(snapshot -> observer.filesystemFailed(snapshot.filesystem()));
  }

  private void logFailure(DatasetPath filesystem, String name, String reason) {
    log.atError()
        .addKeyValue("fs", filesystem)
        .addKeyValue("snap", name)
        .addKeyValue("err", reason)
        .log("snapshot could not be taken");
  }

  private synchronized void update(
      Collection<SnapshotPath> snapshots, UnaryOperator<FilesystemProgress> change) {
    snapshots.forEach(
        snapshot -> progress.computeIfPresent(snapshot.filesystem(), (fs, p) -> change.apply(p)));
    publish.accept(List.copyOf(progress.values()));
  }

  private Optional<String> summary(Map<Lane, List<DatasetPath>> leftOut) {
    Map<Boolean, List<FilesystemProgress>> failed =
        progress.values().stream()
            .filter(p -> p.state() == FilesystemProgress.State.ERROR)
            .collect(Collectors.partitioningBy(p -> taken.contains(p.path())));
    List<String> parts = new ArrayList<>();
    List<FilesystemProgress> without = failed.getOrDefault(false, List.of());
    if (!without.isEmpty()) {
      parts.add(
          "%d of %d snapshots could not be taken%s"
              .formatted(without.size(), progress.size(), reasons(without)));
    }
    List<FilesystemProgress> hookFailed = failed.getOrDefault(true, List.of());
    if (!hookFailed.isEmpty()) {
      parts.add(
          "hooks failed around %d of %d snapshots%s"
              .formatted(hookFailed.size(), progress.size(), reasons(hookFailed)));
    }
    leftOut.forEach((lane, filesystems) ->
        parts.add(
            "%d filesystems of pool %s were left out, since the snapshots of an earlier round are still being taken"
                .formatted(filesystems.size(), lane)));
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", parts));
  }

  private static String reasons(List<FilesystemProgress> failed) {
    StringBuilder text = new StringBuilder();
    Map<String, List<FilesystemProgress>> byReason = new LinkedHashMap<>();
    failed.forEach(p -> byReason.computeIfAbsent(p.error(), reason -> new ArrayList<>()).add(p));
    byReason.entrySet().stream()
        .limit(REASONS_IN_SUMMARY)
        .forEach(entry -> text.append("; ").append(paths(entry.getValue())).append(entry.getKey()));
    if (byReason.size() > REASONS_IN_SUMMARY) {
      text.append("; and ").append(byReason.size() - REASONS_IN_SUMMARY).append(" more reasons");
    }
    return text.toString();
  }

  private static String paths(List<FilesystemProgress> failed) {
    String first = failed.getFirst().path().toString();
    return failed.size() == 1
        ? first + ": "
        : "%s and %d more: ".formatted(first, failed.size() - 1);
  }
}
