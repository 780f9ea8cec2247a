package io.zrepl.cli;

import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import java.time.InstantSource;

/** The real ZFS. */
final class LocalZfs implements ZfsAccess {

  @Override
  public Session open() {
    ProcessCommandRunner commands =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT, CommandObserver.NONE, InstantSource.system());
    Zfs zfs = new ZfsCommands(commands);
    return new Session() {
      @Override
      public Zfs zfs() {
        return zfs;
      }

      @Override
      public void close() {
        commands.close();
      }
    };
  }
}
