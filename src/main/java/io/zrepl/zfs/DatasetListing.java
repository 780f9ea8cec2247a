package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a listing found.
 *
 * @param datasets in the order of their paths
 * @param missing the roots or datasets that were asked for and do not exist
 * @param unreadable what was asked for and seems to be there, but whose properties could not be
 *     read, and why: a user property of it may hold line ends. Somebody who may set that property
 *     may also have made up the name
 */
public record DatasetListing(
    List<Dataset> datasets, Set<DatasetPath> missing, Map<DatasetPath, String> unreadable) {
  /** A listing in which everything could be read. */
  public DatasetListing(List<Dataset> datasets, Set<DatasetPath> missing) {
    this(datasets, missing, Map.of());
  }

  /** Copies list, set and map. */
  public DatasetListing {
    datasets = List.copyOf(datasets);
    missing = Set.copyOf(missing);
    unreadable = Map.copyOf(unreadable);
  }
}
