package io.zrepl.cli;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.List;

/** Lists all filesystems and volumes of this machine. */
@FunctionalInterface
public interface DatasetLister {
  /** All filesystems and volumes, in the order of their paths. */
  List<DatasetPath> list() throws OperationException, InterruptedException;
}
