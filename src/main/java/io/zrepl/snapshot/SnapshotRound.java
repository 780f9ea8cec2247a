package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import io.zrepl.snapshot.SnapshotterReport.FilesystemProgress;
import io.zrepl.zfs.SnapshotException;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;

/**
 * Takes one snapshot of each of many filesystems, all of the same name, with one atomic command per
 * pool. A filesystem that ZFS refuses does not keep the others from getting theirs: those that ZFS
 * names are left out and the rest is tried again as one; if that fails too, one by one.
 *
 * <p>Pools do not wait for each other.
 */
final class SnapshotRound {
  /** How many failures the summary tells in full; the report has them all. */
  private static final int FAILURES_IN_SUMMARY = 3;

  private final Zfs zfs;
  private final InstantSource clock;
  private final Logger log;
  private final Consumer<List<FilesystemProgress>> publish;

  // guarded by this
  private final Map<DatasetPath, FilesystemProgress> progress = new TreeMap<>();

  /**
   * Prepares a round.
   *
   * @param publish gets the progress, by path, whenever it changes; from several threads, but never
   *     two at once
   */
  SnapshotRound(
      Zfs zfs, InstantSource clock, Logger log, Consumer<List<FilesystemProgress>> publish) {
    this.zfs = zfs;
    this.clock = clock;
    this.log = log;
    this.publish = publish;
  }

  /**
   * Takes the snapshots; to be called once.
   *
   * @return a summary of the failures, empty if there were none
   */
  Optional<String> take(List<DatasetPath> filesystems, String name) throws InterruptedException {
    Map<DatasetPath, List<SnapshotPath>> byPool = prepare(filesystems, name);
    try (TaskGroup tasks = new TaskGroup("snapshot")) {
      byPool.forEach((pool, all) -> tasks.fork(pool.toString(), () -> takeGuarded(all)));
      tasks.await();
    }
    return summary();
  }

  private synchronized Map<DatasetPath, List<SnapshotPath>> prepare(
      List<DatasetPath> filesystems, String name) {
    Map<DatasetPath, List<SnapshotPath>> byPool = new TreeMap<>();
    for (DatasetPath filesystem : filesystems) {
      FilesystemProgress pending = FilesystemProgress.pending(filesystem, name);
      try {
        byPool
            .computeIfAbsent(filesystem.pool(), pool -> new ArrayList<>())
            .add(SnapshotPath.of(filesystem, name));
        progress.put(filesystem, pending);
      } catch (InvalidValueException e) {
        String reason = String.valueOf(e.getMessage());
        progress.put(filesystem, pending.failed(clock.instant(), reason));
        logFailure(filesystem, name, reason);
      }
    }
    byPool.values().removeIf(List::isEmpty);
    publish.accept(List.copyOf(progress.values()));
    return byPool;
  }

  private void takeGuarded(List<SnapshotPath> all) throws InterruptedException {
    try {
      takeTogether(all);
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

  private void takeTogether(List<SnapshotPath> all) throws InterruptedException {
    update(all, p -> p.started(clock.instant()));
    List<SnapshotPath> rest = withoutCulprits(all);
    if (!rest.isEmpty() && rest.size() < all.size()) {
      rest = withoutCulprits(rest);
    }
    takeOneByOne(rest);
  }

  /**
   * Tries all in one command.
   *
   * @return those that still have no snapshot and may get one: none after success or if the whole
   *     pool is in trouble; all if ZFS named no culprits; otherwise all but the culprits
   */
  private List<SnapshotPath> withoutCulprits(List<SnapshotPath> snapshots)
      throws InterruptedException {
    try {
      zfs.snapshot(snapshots);
      update(snapshots, p -> p.done(clock.instant()));
      return List.of();
    } catch (SnapshotException e) {
      List<SnapshotPath> rest = new ArrayList<>();
      for (SnapshotPath snapshot : snapshots) {
        String reason = e.culprits().get(snapshot);
        if (reason == null && snapshots.size() == 1) {
          reason = e.describe();
        }
        if (reason == null) {
          rest.add(snapshot);
        } else {
          fail(List.of(snapshot), reason);
        }
      }
      return rest;
    } catch (ZfsException e) {
      if (e.scope() == FailureScope.FILESYSTEM && snapshots.size() > 1) {
        return snapshots;
      }
      fail(snapshots, e.describe());
      return List.of();
    }
  }

  private void takeOneByOne(List<SnapshotPath> snapshots) throws InterruptedException {
    for (int i = 0; i < snapshots.size(); i++) {
      List<SnapshotPath> one = List.of(snapshots.get(i));
      try {
        zfs.snapshot(one);
        update(one, p -> p.done(clock.instant()));
      } catch (ZfsException e) {
        if (e.scope() != FailureScope.FILESYSTEM) {
          // The others would fail like it, one slow command after the other.
          fail(snapshots.subList(i, snapshots.size()), e.describe());
          return;
        }
        fail(one, reason(e, snapshots.get(i)));
      }
    }
  }

  private static String reason(ZfsException failure, SnapshotPath snapshot) {
    return failure instanceof SnapshotException e
        ? e.culprits().getOrDefault(snapshot, e.describe())
        : failure.describe();
  }

  private void fail(List<SnapshotPath> snapshots, String reason) {
    update(snapshots, p -> p.failed(clock.instant(), reason));
    snapshots.forEach(snapshot -> logFailure(snapshot.filesystem(), snapshot.name(), reason));
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

  private synchronized Optional<String> summary() {
    List<FilesystemProgress> failed =
        progress.values().stream()
            .filter(p -> p.state() == FilesystemProgress.State.ERROR)
            .toList();
    if (failed.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder text =
        new StringBuilder(
            "%d of %d snapshots could not be taken".formatted(failed.size(), progress.size()));
    failed.stream()
        .limit(FAILURES_IN_SUMMARY)
        .forEach(p -> text.append("; ").append(p.path()).append(": ").append(p.error()));
    if (failed.size() > FAILURES_IN_SUMMARY) {
      text.append("; and ").append(failed.size() - FAILURES_IN_SUMMARY).append(" more");
    }
    return Optional.of(text.toString());
  }
}
