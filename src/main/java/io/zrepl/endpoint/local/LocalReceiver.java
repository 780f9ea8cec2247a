package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiver of a job on this machine. Any thread may call. A passive job makes one per client,
 * shared by the client's connections, so that a step finds what the listing found.
 *
 * <p>A client sees, fills and destroys only what lies strictly below its own root: paths are
 * relative to it, and no path of the validated type leads out of it.
 */
public final class LocalReceiver implements Receiver {
  private final Zfs zfs;
  private final DatasetPath clientRoot;
  private final ReceiverListing listing;
  private final Inventory inventory;
  private final SnapshotDestroyer destroyer;
  private final EncryptionGuard guard;
  private final ReceiveStep step;
  private final ReceiveLocks locks;
  private final ResumeTokenDecoder tokens;

  /**
   * A receiver that has not listed anything yet, without a limit, for programs without a log.
   *
   * @throws OperationException as the other constructor
   */
  public LocalReceiver(ReceiverSettings settings, Zfs zfs, ReceiveLocks locks)
      throws OperationException {
    this(
        settings,
        zfs,
        locks,
        BandwidthLimiter.unlimited(),
        LoggerFactory.getLogger(LocalReceiver.class));
  }

  /**
   * A receiver that has not listed anything yet.
   *
   * @param locks the one of the daemon, shared by all receivers
   * @param limiter the one of the job, shared by its receivers
   * @param log the job's
   * @throws OperationException if the root of the client is longer than ZFS allows
   */
  public LocalReceiver(
      ReceiverSettings settings, Zfs zfs, ReceiveLocks locks, BandwidthLimiter limiter, Logger log)
      throws OperationException {
    this.zfs = zfs;
    this.clientRoot = clientRoot(settings);
    this.locks = locks;
    this.tokens = ResumeTokenDecoder.by(zfs);
    this.listing = new ReceiverListing(zfs, settings.rootFilesystem(), clientRoot);
    this.inventory = new Inventory(listing);
    this.destroyer = new SnapshotDestroyer(zfs, inventory);
    this.guard = new EncryptionGuard(settings, clientRoot, zfs, inventory);
    this.step =
        new ReceiveStep(
            zfs,
            inventory,
            new PlaceholderParents(settings, clientRoot, zfs, inventory, locks),
            guard,
            new StreamReceiver(settings.options(), zfs, inventory, locks, limiter, log),
            locks,
            settings,
            log);
  }

  private static DatasetPath clientRoot(ReceiverSettings settings) throws OperationException {
    if (settings.client().isEmpty()) {
      return settings.rootFilesystem();
    }
    try {
      DatasetPath client = DatasetPath.parse(settings.client().get().toString());
      return settings.rootFilesystem().resolve(client);
    } catch (InvalidValueException e) {
      throw new OperationException(
          FailureScope.PEER,
          false,
          "client \"%s\" cannot have a dataset below root_fs \"%s\": %s"
              .formatted(settings.client().get(), settings.rootFilesystem(), e.getMessage()),
          null,
          e);
    }
  }

  /** Does nothing: this machine can always be reached. */
  @Override
  public void checkConnectivity() {}

  /**
   * {@inheritDoc}
   *
   * @throws OperationException if the pool is not imported or root_fs does not exist (temporary,
   *     scope of the pool)
   */
  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    guard.forget();
    return entries(inventory.reload());
  }

  @Override
  public List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return entries(inventory.current());
  }

  private List<FilesystemEntry> entries(List<FilesystemState> states) {
    List<FilesystemEntry> entries = new ArrayList<>();
    for (FilesystemState state : states) {
      state
          .dataset()
          .path()
          .below(clientRoot)
          .ifPresent(path ->
              entries.add(
                  new FilesystemEntry(
                      path,
                      state.dataset().placeholder().isPlaceholder(),
                      state.dataset().resumeToken())));
    }
    // Who asks for its versions hears why it cannot be read: it must not look as if it were
    // missing.
    for (DatasetPath path : listing.unreadable()) {
      path.below(clientRoot)
          .ifPresent(below -> entries.add(new FilesystemEntry(below, false, Optional.empty())));
    }
    return entries;
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    Optional<FilesystemState> state = inventory.find(local(filesystem));
    if (state.isEmpty()) {
      throw OperationException.permanent(
          "filesystem %s does not exist on the receiver".formatted(filesystem));
    }
    return state.get().versions();
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return tokens.decode(token);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    DatasetPath target = local(filesystem);
    try (ReceiveLocks.Held _ = locks.enterDestroy(target)) {
      return destroyer.destroy(target, snapshots);
    }
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    step.receive(local(request.filesystem()), request, stream);
  }

  @Override
  public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
      throws OperationException, InterruptedException {
    List<DatasetPath> here = new ArrayList<>();
    for (DatasetPath filesystem : filesystems) {
      here.add(local(filesystem));
    }
    Map<DatasetPath, Long> sizes = new HashMap<>();
    zfs.sizes(here)
        .forEach((path, size) ->
            path.below(clientRoot).ifPresent(filesystem -> sizes.put(filesystem, size)));
    return sizes;
  }

  private DatasetPath local(DatasetPath filesystem) throws OperationException {
    try {
      return clientRoot.resolve(filesystem);
    } catch (InvalidValueException e) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          false,
          "filesystem %s has no place below %s: %s"
              .formatted(filesystem, clientRoot, e.getMessage()),
          "use a shorter root_fs",
          e);
    }
  }
}
