package io.zrepl.snapshot;

import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.FilteredListing;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * What a round of snapshots would be if it began now: for people, since a moment later it may be
 * another one.
 *
 * @param name of the snapshots, without "@"
 * @param filesystems which get one, by path
 * @param problems why the round cannot be complete, empty if nothing is known to hinder it
 */
public record PlannedSnapshots(String name, List<Filesystem> filesystems, List<String> problems) {
  /** Copies the lists. */
  public PlannedSnapshots {
    filesystems = List.copyOf(filesystems);
    problems = List.copyOf(problems);
  }

  /**
   * A filesystem or volume.
   *
   * @param path which
   * @param written bytes since its newest snapshot; empty if not known
   */
  public record Filesystem(DatasetPath path, OptionalLong written) {}

  /**
   * Finds it out. Changes nothing.
   *
   * @return empty if the settings say that the job takes no snapshots by itself
   * @throws ZfsException if the filesystems cannot be listed
   */
  public static Optional<PlannedSnapshots> of(
      SnapshottingSettings settings, DatasetFilter filter, Zfs zfs, Instant now)
      throws ZfsException, InterruptedException {
    if (!settings.takesSnapshots()) {
      return Optional.empty();
    }
    FilteredListing listing = FilteredListing.read(zfs, filter);
    List<DatasetPath> selected = SnapshotTargets.selected(listing, filter);
    Map<DatasetPath, Long> written = zfs.written(selected);
    TreeSet<String> problems = new TreeSet<>();
    listing.unavailable().values().forEach(failure -> problems.add(failure.describe()));
    return Optional.of(
        new PlannedSnapshots(
            settings.names().nameAt(now),
            selected.stream()
                .map(path -> {
                  Long bytes = written.get(path);
                  return new Filesystem(
                      path, bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes));
                })
                .toList(),
            List.copyOf(problems)));
  }
}
