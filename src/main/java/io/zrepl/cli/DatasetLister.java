package io.zrepl.cli;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import java.util.List;

/** Lists filesystems and volumes of this machine. */
@FunctionalInterface
public interface DatasetLister {
  /** Lists some. */
  DatasetListing list(DatasetSelection selection) throws OperationException, InterruptedException;

  /** The paths of all, in their order. */
  default List<DatasetPath> paths() throws OperationException, InterruptedException {
    return list(new DatasetSelection.Everything()).datasets().stream().map(Dataset::path).toList();
  }
}
