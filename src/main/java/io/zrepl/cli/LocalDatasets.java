package io.zrepl.cli;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.ZfsCommands;
import java.time.InstantSource;
import java.util.List;

/** Asks ZFS for all filesystems and volumes. */
final class LocalDatasets implements DatasetLister {

  @Override
  public List<DatasetPath> list() throws OperationException, InterruptedException {
    try (ProcessCommandRunner commands =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT, CommandObserver.NONE, InstantSource.system())) {
      return new ZfsCommands(commands)
          .datasets(new DatasetSelection.Everything()).datasets().stream()
              .map(Dataset::path)
              .toList();
    }
  }
}
