package io.zrepl.endpoint.local;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Creates what is missing between a receiver's root and a target, from top to bottom, as
 * placeholders. Never creates the root itself nor anything above it.
 */
final class PlaceholderParents {
  private final ReceiverSettings settings;
  private final DatasetPath clientRoot;
  private final Zfs zfs;
  private final Inventory inventory;
  private final ReceiveLocks locks;

  PlaceholderParents(
      ReceiverSettings settings,
      DatasetPath clientRoot,
      Zfs zfs,
      Inventory inventory,
      ReceiveLocks locks) {
    this.settings = settings;
    this.clientRoot = clientRoot;
    this.zfs = zfs;
    this.inventory = inventory;
    this.locks = locks;
  }

  /** Makes sure that all parents exist. No command if the inventory knows them all. */
  void provide(DatasetPath target) throws OperationException, InterruptedException {
    if (inventoryHasParents(target)) {
      return;
    }
    try (ReceiveLocks.Held _ = locks.enterPlaceholders(clientRoot.pool())) {
      List<DatasetPath> parents = new ArrayList<>();
      for (Optional<DatasetPath> parent = target.parent();
          parent.isPresent();
          parent = parent.get().parent()) {
        parents.addFirst(parent.get());
      }
      DatasetListing real = zfs.datasets(DatasetSelection.exactly(parents));
      ReceiverListing.requireRoot(real.missing(), settings.rootFilesystem());
      Map<DatasetPath, Dataset> known = new HashMap<>();
      real.datasets().forEach(dataset -> known.put(dataset.path(), dataset));
      for (DatasetPath parent : parents) {
        if (!parent.isAtOrBelow(clientRoot)) {
          continue;
        }
        Dataset dataset = known.get(parent);
        if (dataset == null) {
          dataset = create(parent, known);
          known.put(parent, dataset);
          inventory.put(FilesystemState.listed(dataset, List.of()));
        } else if (inventory.peek(parent).isEmpty()) {
          // Somebody else made it meanwhile; its versions are read when somebody asks.
          inventory.put(FilesystemState.listed(dataset, List.of()));
          inventory.invalidate(parent);
        }
      }
    }
  }

  /** Somebody may have destroyed what lies above a dataset. */
  void forget(DatasetPath target) {
    for (Optional<DatasetPath> parent = target.parent();
        parent.isPresent() && parent.get().isAtOrBelow(clientRoot);
        parent = parent.get().parent()) {
      inventory.invalidate(parent.get());
    }
  }

  private boolean inventoryHasParents(DatasetPath target)
      throws OperationException, InterruptedException {
    Optional<DatasetPath> parent = target.parent();
    while (parent.isPresent() && parent.get().isAtOrBelow(clientRoot)) {
      if (inventory.find(parent.get()).isEmpty()) {
        return false;
      }
      parent = parent.get().parent();
    }
    return true;
  }

  private Dataset create(DatasetPath path, Map<DatasetPath, Dataset> known)
      throws OperationException, InterruptedException {
    PlaceholderEncryption encryption = settings.options().placeholderEncryption();
    if (path.equals(clientRoot) && encryption == PlaceholderEncryption.UNSPECIFIED) {
      // It only separates the clients.
      encryption = PlaceholderEncryption.INHERIT;
    }
    if (encryption == PlaceholderEncryption.UNSPECIFIED) {
      throw new PolicyException(
          ("cannot create placeholder filesystem %s: placeholder filesystem encryption handling is"
                  + " unspecified in receiver config; set recv.placeholder.encryption to \"inherit\""
                  + " or \"off\" in job \"%s\"")
              .formatted(path, settings.job()));
    }
    zfs.createPlaceholder(path, encryption);
    boolean parentEncrypted = path.parent().map(known::get).map(Dataset::encrypted).orElse(false);
    return new Dataset(
        path,
        new Placeholder(true, Optional.of("on")),
        Optional.empty(),
        encryption == PlaceholderEncryption.INHERIT && parentEncrypted);
  }
}
