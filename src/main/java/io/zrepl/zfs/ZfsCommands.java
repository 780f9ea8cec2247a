package io.zrepl.zfs;

import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * {@link Zfs} by the command line tools. Has no state: any number of threads may use one instance,
 * and several instances may share a runner.
 *
 * <p>Needs OpenZFS 2.1 or newer. Where ZFS says that a dataset does not exist, one more process
 * finds out whether its pool is imported.
 */
public final class ZfsCommands implements Zfs {
  private final Commands commands;
  private final ListCommands lists;
  private final VersionCommands versions;
  private final HoldCommands holds;
  private final PlaceholderCommands placeholders;
  private final SendCommands sends;
  private final ReceiveCommands receives;

  /** ZFS as that runner starts it. */
  public ZfsCommands(CommandRunner runner) {
    commands = new Commands(runner);
    lists = new ListCommands(commands);
    versions = new VersionCommands(commands, lists);
    holds = new HoldCommands(commands);
    placeholders = new PlaceholderCommands(commands);
    sends = new SendCommands(commands);
    receives = new ReceiveCommands(commands);
  }

  @Override
  public DatasetListing datasets(DatasetSelection selection)
      throws ZfsException, InterruptedException {
    return lists.datasets(selection);
  }

  @Override
  public Map<DatasetPath, List<FilesystemVersion>> versions(DatasetSelection selection)
      throws ZfsException, InterruptedException {
    return lists.versions(selection);
  }

  @Override
  public Set<DatasetPath> suspendedPools() throws ZfsException, InterruptedException {
    return lists.suspendedPools();
  }

  @Override
  public Map<VersionPath, FilesystemVersion> lookup(Collection<? extends VersionPath> paths)
      throws ZfsException, InterruptedException {
    return lists.lookup(paths);
  }

  @Override
  public void snapshot(Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    versions.snapshot(snapshots);
  }

  @Override
  public void bookmark(VersionPath source, Guid guid, BookmarkPath bookmark)
      throws ZfsException, InterruptedException {
    versions.bookmark(source, guid, bookmark);
  }

  @Override
  public void destroyBookmark(BookmarkPath bookmark) throws ZfsException, InterruptedException {
    versions.destroyBookmark(bookmark);
  }

  @Override
  public List<DestroyOutcome> destroySnapshots(DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    return BatchDestroy.run(commands, filesystem, names);
  }

  @Override
  public Reclaimable reclaimable(DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    return ReclaimEstimate.run(commands, filesystem, names);
  }

  @Override
  public Map<DatasetPath, Long> sizes(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    return lists.sizes(filesystems);
  }

  @Override
  public Map<DatasetPath, Long> written(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    return lists.written(filesystems);
  }

  @Override
  public void hold(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    holds.hold(tag, snapshots);
  }

  @Override
  public Set<SnapshotPath> release(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    return holds.release(tag, snapshots);
  }

  @Override
  public List<Hold> holds(Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    return holds.holds(snapshots);
  }

  @Override
  public void createPlaceholder(DatasetPath dataset, PlaceholderEncryption encryption)
      throws ZfsException, InterruptedException {
    placeholders.create(dataset, encryption);
  }

  @Override
  public void setPlaceholder(DatasetPath dataset, boolean placeholder)
      throws ZfsException, InterruptedException {
    placeholders.mark(dataset, placeholder);
  }

  @Override
  public void rollback(SnapshotPath snapshot) throws ZfsException, InterruptedException {
    versions.rollback(snapshot);
  }

  @Override
  public OptionalLong estimate(SendArguments arguments) throws ZfsException, InterruptedException {
    return sends.estimate(arguments);
  }

  @Override
  public List<OptionalLong> estimateSteps(
      DatasetPath filesystem, Snapshot from, List<Snapshot> targets, SendFlags flags)
      throws ZfsException, InterruptedException {
    return sends.estimateSteps(filesystem, from, targets, flags);
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token) throws ZfsException, InterruptedException {
    return sends.decode(token);
  }

  @Override
  public SendProcess send(SendArguments arguments) throws ZfsException, InterruptedException {
    return sends.send(arguments);
  }

  @Override
  public void receive(ReceiveArguments arguments, StreamSource source)
      throws OperationException, InterruptedException {
    receives.receive(arguments, source);
  }

  @Override
  public boolean keepsPartialState(DatasetPath pool) throws ZfsException, InterruptedException {
    return receives.keepsPartialState(pool);
  }

  @Override
  public void abortReceive(DatasetPath dataset) throws ZfsException, InterruptedException {
    receives.abort(dataset);
  }
}
