package io.zrepl.snapshot;

import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.FilteredListing;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;

/** Which filesystems and volumes get the snapshots of a job. For the thread of its snapshotter. */
final class SnapshotTargets {
  private final Zfs zfs;
  private final DatasetFilter filter;
  private final SnapshotObserver observer;
  private final Logger log;

  // of the last listing
  private Optional<String> absent = Optional.empty();

  SnapshotTargets(Zfs zfs, DatasetFilter filter, SnapshotObserver observer, Logger log) {
    this.zfs = zfs;
    this.filter = filter;
    this.observer = observer;
    this.log = log;
  }

  /** The filesystems and volumes of the job in pools that answer; tells what is not there. */
  List<DatasetPath> list() throws ZfsException, InterruptedException {
    FilteredListing listing = FilteredListing.read(zfs, filter);
    for (DatasetPath path : listing.missing()) {
      log.atWarn()
          .addKeyValue("fs", path)
          .log("the filter of the job names a dataset that does not exist");
    }
    observer.unmatched(listing.missing().size());
    Set<String> reasons = new TreeSet<>();
    listing.unavailable().values().forEach(failure -> reasons.add(failure.describe()));
    absent = reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons));
    absent.ifPresent(text ->
        log.atError().addKeyValue("err", text).log("takes snapshots in the other pools only"));
    return selected(listing, filter);
  }

  /** The same without telling or noting anything; any thread. */
  List<DatasetPath> quietly() throws ZfsException, InterruptedException {
    return selected(FilteredListing.read(zfs, filter), filter);
  }

  /** Why the last listing did without some pools. */
  Optional<String> absent() {
    return absent;
  }

  /** Which filesystems and volumes of a listing get snapshots. */
  static List<DatasetPath> selected(FilteredListing listing, DatasetFilter filter) {
    // What is not readable may have snapshots all the same: only its path counts here.
    return Stream.concat(
            listing.datasets().stream().map(Dataset::path), listing.unreadable().keySet().stream())
        .filter(filter::matches)
        .sorted()
        .toList();
  }
}
