package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a client's subtree with two commands: filesystems and versions, or, if the client has none
 * yet, the reason why.
 */
final class ReceiverListing implements Inventory.Loader {
  private final Zfs zfs;
  private final DatasetPath root;
  private final DatasetPath clientRoot;
  private volatile Set<DatasetPath> unreadable = Set.of();

  ReceiverListing(Zfs zfs, DatasetPath root, DatasetPath clientRoot) {
    this.zfs = zfs;
    this.root = root;
    this.clientRoot = clientRoot;
  }

  /** What was there at the last listing and could not be read; {@link #one} says why. */
  Set<DatasetPath> unreadable() {
    return unreadable;
  }

  /** The client's own root, if it exists, is among the result. */
  @Override
  public Inventory.Everything all() throws OperationException, InterruptedException {
    DatasetSelection selection = DatasetSelection.subtree(clientRoot);
    DatasetListing listing = zfs.datasets(selection);
    unreadable = listing.unreadable().keySet();
    if (!listing.missing().isEmpty()) {
      requireRoot(
          zfs.datasets(DatasetSelection.exactly(List.of(root.pool(), root))).missing(), root);
      return new Inventory.Everything(List.of(), unreadable);
    }
    Map<DatasetPath, List<FilesystemVersion>> versions = zfs.versions(selection);
    List<FilesystemState> states = new ArrayList<>();
    for (Dataset dataset : listing.datasets()) {
      states.add(FilesystemState.listed(dataset, versions.getOrDefault(dataset.path(), List.of())));
    }
    return new Inventory.Everything(states, unreadable);
  }

  @Override
  public Optional<FilesystemState> one(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return SenderListing.readOne(zfs, filesystem);
  }

  /**
   * Requires that neither the pool nor the root of the receiver is among what is missing.
   *
   * @throws OperationException temporary, of the scope of the pool
   */
  static void requireRoot(Set<DatasetPath> missing, DatasetPath root) throws OperationException {
    if (missing.contains(root.pool())) {
      throw PoolCheck.notImported(root.pool());
    }
    if (missing.contains(root)) {
      throw new OperationException(
          FailureScope.POOL,
          true,
          "root_fs \"%s\" does not exist".formatted(root),
          "create it with 'zfs create %s'".formatted(root),
          null);
    }
  }
}
