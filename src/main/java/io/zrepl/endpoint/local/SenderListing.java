package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.FilteredListing;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.slf4j.Logger;

/**
 * Reads what a sender's filter selects: one command for the filesystems, one for the versions,
 * however many there are. One more runs only if a selected pool seems to be missing.
 */
final class SenderListing implements Inventory.Loader {
  /**
   * How long the names on one command line may get together before whole subtrees are listed
   * instead: well below the 128 KiB that Linux allows, so that it stays one command.
   */
  private static final int MAXIMUM_NAMES_LENGTH = 60_000;

  private final Zfs zfs;
  private final DatasetFilter filter;
  private final IntConsumer unmatched;
  private final Logger log;
  private volatile Map<DatasetPath, OperationException> unavailable = Map.of();
  private volatile Set<DatasetPath> unreadable = Set.of();

  SenderListing(Zfs zfs, DatasetFilter filter, IntConsumer unmatched, Logger log) {
    this.zfs = zfs;
    this.filter = filter;
    this.unmatched = unmatched;
    this.log = log;
  }

  /**
   * What the filter names in pools that were missing or did not answer at the last listing, and why
   * it could not be listed. The rest of the job goes on without them.
   */
  Map<DatasetPath, OperationException> unavailable() {
    return unavailable;
  }

  /** What was there at the last listing and could not be read; {@link #one} says why. */
  Set<DatasetPath> unreadable() {
    return unreadable;
  }

  /**
   * Fails for what lay in a pool that was missing or did not answer at the last listing: it is not
   * known whether it exists.
   */
  void requireAvailable(DatasetPath filesystem) throws OperationException {
    for (Map.Entry<DatasetPath, OperationException> entry : unavailable.entrySet()) {
      if (filesystem.isAtOrBelow(entry.getKey())) {
        // Anew for each thread: an exception collects what happens to it where it is thrown.
        OperationException reason = entry.getValue();
        throw new OperationException(
            reason.scope(),
            reason.temporary(),
            reason.message(),
            reason.advice().orElse(null),
            reason);
      }
    }
  }

  @Override
  public Inventory.Everything all() throws OperationException, InterruptedException {
    FilteredListing listing = FilteredListing.read(zfs, filter);
    unavailable = Map.copyOf(listing.unavailable());
    unmatched.accept(listing.missing().size());
    for (DatasetPath missing : listing.missing()) {
      log.atWarn()
          .addKeyValue("fs", missing)
          .log("the filter of the job names a dataset that does not exist");
    }
    List<Dataset> selected =
        listing.datasets().stream().filter(dataset -> filter.matches(dataset.path())).toList();
    Set<DatasetPath> selectedUnreadable = new TreeSet<>(listing.unreadable().keySet());
    selectedUnreadable.removeIf(path -> !filter.matches(path));
    unreadable = Set.copyOf(selectedUnreadable);
    if (selected.isEmpty()) {
      return new Inventory.Everything(List.of(), selectedUnreadable);
    }
    Map<DatasetPath, List<FilesystemVersion>> versions =
        zfs.versions(versionsOf(listing, selected));
    Set<DatasetPath> gone = poolsThatWent(selected, versions.keySet());
    List<FilesystemState> states = new ArrayList<>();
    for (Dataset dataset : selected) {
      if (gone.contains(dataset.path().pool())) {
        continue;
      }
      states.add(FilesystemState.listed(dataset, versions.getOrDefault(dataset.path(), List.of())));
    }
    return new Inventory.Everything(states, selectedUnreadable);
  }

  /**
   * Of a pool that is exported between the two commands, the second one shows nothing, and does not
   * fail if it names nothing of it. So a pool whose filesystems all seem to have no versions is
   * asked for once more. What lies in one that went is not available.
   */
  private Set<DatasetPath> poolsThatWent(List<Dataset> selected, Set<DatasetPath> withVersions)
      throws OperationException, InterruptedException {
    Set<DatasetPath> doubtful = new TreeSet<>();
    selected.forEach(dataset -> doubtful.add(dataset.path().pool()));
    withVersions.forEach(path -> doubtful.remove(path.pool()));
    if (doubtful.isEmpty()) {
      return Set.of();
    }
    Set<DatasetPath> gone = zfs.datasets(DatasetSelection.exactly(doubtful)).missing();
    Map<DatasetPath, OperationException> more = new HashMap<>(unavailable);
    for (Dataset dataset : selected) {
      if (gone.contains(dataset.path().pool())) {
        more.put(dataset.path(), PoolCheck.notImported(dataset.path().pool()));
      }
    }
    unavailable = Map.copyOf(more);
    return gone;
  }

  /** Naming the filesystems spares those that the filter excludes, but only so many names fit. */
  private static DatasetSelection versionsOf(FilteredListing listing, List<Dataset> selected) {
    if (selected.size() == listing.datasets().size()) {
      return listing.covered();
    }
    int length = 0;
    List<DatasetPath> paths = new ArrayList<>();
    for (Dataset dataset : selected) {
      paths.add(dataset.path());
      length += dataset.path().toString().length() + 1;
    }
    return length <= MAXIMUM_NAMES_LENGTH ? DatasetSelection.exactly(paths) : listing.covered();
  }

  @Override
  public Optional<FilesystemState> one(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return readOne(zfs, filesystem);
  }

  /** Of something that is there, but of which nothing may be believed. */
  static OperationException unreadable(DatasetPath filesystem, String reason) {
    return new OperationException(
        FailureScope.FILESYSTEM,
        false,
        "cannot tell what %s is: %s".formatted(filesystem, reason),
        "see 'zfs get %2$s %1$s'; 'zfs inherit %2$s %1$s' removes a value that does not belong there"
            .formatted(filesystem, Placeholder.PROPERTY),
        null);
  }

  /** Reads one filesystem with two commands. */
  static Optional<FilesystemState> readOne(Zfs zfs, DatasetPath filesystem)
      throws OperationException, InterruptedException {
    DatasetSelection selection = DatasetSelection.only(filesystem);
    DatasetListing listing = zfs.datasets(selection);
    String unreadable = listing.unreadable().get(filesystem);
    if (unreadable != null) {
      throw unreadable(filesystem, unreadable);
    }
    Optional<Dataset> dataset = listing.datasets().stream().findFirst();
    if (dataset.isEmpty()) {
      return Optional.empty();
    }
    List<FilesystemVersion> versions = zfs.versions(selection).getOrDefault(filesystem, List.of());
    return Optional.of(FilesystemState.listed(dataset.get(), versions));
  }
}
