package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.util.List;
import java.util.Set;

/**
 * What a listing found.
 *
 * @param datasets in the order of their paths
 * @param missing the roots or datasets that were asked for and do not exist
 */
public record DatasetListing(List<Dataset> datasets, Set<DatasetPath> missing) {
  /** Copies list and set. */
  public DatasetListing {
    datasets = List.copyOf(datasets);
    missing = Set.copyOf(missing);
  }
}
