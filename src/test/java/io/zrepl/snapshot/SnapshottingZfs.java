package io.zrepl.snapshot;

import io.zrepl.model.BookmarkPath;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.DestroyOutcome;
import io.zrepl.zfs.Hold;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.SendProcess;
import io.zrepl.zfs.SnapshotException;
import io.zrepl.zfs.StreamSource;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/** The part of ZFS that lists and snapshots, in memory; writes down each command. */
final class SnapshottingZfs implements Zfs {
  /** Called within a command, to fail or to let time pass. */
  interface OnCommand {
    void run(Collection<SnapshotPath> snapshots) throws ZfsException, InterruptedException;
  }

  final Map<DatasetPath, List<FilesystemVersion>> versions = new TreeMap<>();

  /** Why a filesystem gets no snapshot, as ZFS says it. */
  final Map<DatasetPath, String> culprits = new HashMap<>();

  /** Whether ZFS does not say whose fault it was. */
  boolean silent;

  /** Whether ZFS names only the first of those whose fault it was. */
  boolean onlyFirstCulprit;

  /** Snapshots that hang until {@link #repaired}. */
  volatile Optional<Predicate<SnapshotPath>> hanging = Optional.empty();

  CountDownLatch repaired = new CountDownLatch(1);
  Optional<ZfsException> listFailure = Optional.empty();
  OnCommand onSnapshot = snapshots -> {};
  Runnable onList = () -> {};
  final List<String> commands = new ArrayList<>();
  private final InstantSource clock;
  private long lastTxg = 100;

  SnapshottingZfs(InstantSource clock) {
    this.clock = clock;
  }

  SnapshottingZfs with(String filesystem, FilesystemVersion... all) {
    versions.put(DatasetPath.of(filesystem), new ArrayList<>(List.of(all)));
    return this;
  }

  static ZfsException failure(FailureScope scope, String message) {
    return new ZfsException(scope, true, message, null, null);
  }

  List<String> names(String filesystem) {
    return versions.getOrDefault(DatasetPath.of(filesystem), List.of()).stream()
        .map(FilesystemVersion::name)
        .toList();
  }

  @Override
  public DatasetListing datasets(DatasetSelection selection) throws ZfsException {
    commands.add("datasets " + selection);
    onList.run();
    if (listFailure.isPresent()) {
      throw listFailure.get();
    }
    List<Dataset> datasets =
        versions.keySet().stream()
            .filter(path -> selects(selection, path))
            .map(path -> new Dataset(path, Placeholder.NONE, Optional.empty(), false))
            .toList();
    Set<DatasetPath> missing = new HashSet<>(named(selection));
    missing.removeAll(versions.keySet());
    return new DatasetListing(datasets, missing);
  }

  private static Set<DatasetPath> named(DatasetSelection selection) {
    return switch (selection) {
      case DatasetSelection.Everything() -> Set.of();
      case DatasetSelection.Subtrees subtrees -> subtrees.roots();
      case DatasetSelection.Exactly exactly -> exactly.datasets();
    };
  }

  private static boolean selects(DatasetSelection selection, DatasetPath path) {
    return switch (selection) {
      case DatasetSelection.Everything() -> true;
      case DatasetSelection.Subtrees subtrees ->
          subtrees.roots().stream().anyMatch(path::isAtOrBelow);
      case DatasetSelection.Exactly exactly -> exactly.datasets().contains(path);
    };
  }

  @Override
  public Map<DatasetPath, List<FilesystemVersion>> versions(DatasetSelection selection) {
    commands.add("versions");
    Map<DatasetPath, List<FilesystemVersion>> result = new TreeMap<>();
    versions.forEach((path, all) -> {
      if (selects(selection, path) && !all.isEmpty()) {
        result.put(path, List.copyOf(all));
      }
    });
    return result;
  }

  @Override
  public void snapshot(Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    if (hanging.map(hangs -> snapshots.stream().anyMatch(hangs)).orElse(false)) {
      repaired.await();
    }
    snapshotNow(snapshots);
  }

  private synchronized void snapshotNow(Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    commands.add("snapshot " + String.join(" ", snapshots.stream().map(Object::toString).toList()));
    onSnapshot.run(snapshots);
    Map<SnapshotPath, String> failures = new HashMap<>();
    for (SnapshotPath snapshot : snapshots) {
      String reason = culprits.get(snapshot.filesystem());
      if (names(snapshot.filesystem().toString()).contains(snapshot.name())) {
        reason = "dataset already exists";
      }
      if (reason != null && (failures.isEmpty() || !onlyFirstCulprit)) {
        failures.put(snapshot, reason);
      }
    }
    if (!failures.isEmpty()) {
      throw new SnapshotException("cannot create snapshots", false, silent ? Map.of() : failures);
    }
    snapshots.forEach(this::take);
  }

  /** Takes a snapshot as somebody else would. */
  void take(SnapshotPath snapshot) {
    lastTxg++;
    versions
        .computeIfAbsent(snapshot.filesystem(), path -> new ArrayList<>())
        .add(
            new Snapshot(
                snapshot.name(), new Guid(lastTxg), new CreateTxg(lastTxg), clock.instant()));
  }

  @Override
  public Map<VersionPath, FilesystemVersion> lookup(Collection<? extends VersionPath> wanted) {
    commands.add("lookup");
    Map<VersionPath, FilesystemVersion> found = new HashMap<>();
    for (VersionPath path : wanted) {
      for (FilesystemVersion version : versions.getOrDefault(path.filesystem(), List.of())) {
        if (version.name().equals(path.name())) {
          found.put(path, version);
        }
      }
    }
    return found;
  }

  @Override
  public void bookmark(VersionPath source, Guid guid, BookmarkPath bookmark) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void destroyBookmark(BookmarkPath bookmark) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<DestroyOutcome> destroySnapshots(DatasetPath filesystem, List<String> names) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void hold(String tag, Collection<SnapshotPath> snapshots) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<SnapshotPath> release(String tag, Collection<SnapshotPath> snapshots) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Hold> holds(Collection<SnapshotPath> snapshots) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void createPlaceholder(DatasetPath dataset, PlaceholderEncryption encryption) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setPlaceholder(DatasetPath dataset, boolean placeholder) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void rollback(SnapshotPath snapshot) {
    throw new UnsupportedOperationException();
  }

  @Override
  public OptionalLong estimate(SendArguments arguments) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<OptionalLong> estimateSteps(
      DatasetPath filesystem, Snapshot from, List<Snapshot> targets, SendFlags flags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SendProcess send(SendArguments arguments) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void receive(ReceiveArguments arguments, StreamSource source) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean keepsPartialState(DatasetPath pool) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void abortReceive(DatasetPath dataset) {
    throw new UnsupportedOperationException();
  }
}
