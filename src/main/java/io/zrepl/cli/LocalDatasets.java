package io.zrepl.cli;

import io.zrepl.model.OperationException;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.ZfsCommands;
import java.time.InstantSource;

/** Asks ZFS for filesystems and volumes. */
final class LocalDatasets implements DatasetLister {

  @Override
  public DatasetListing list(DatasetSelection selection)
      throws OperationException, InterruptedException {
    try (ProcessCommandRunner commands =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT, CommandObserver.NONE, InstantSource.system())) {
      return new ZfsCommands(commands).datasets(selection);
    }
  }
}
