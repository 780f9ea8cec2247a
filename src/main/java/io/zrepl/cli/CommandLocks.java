package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.zfs.lock.DatasetLocks;
import io.zrepl.zfs.lock.LockFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Keeps a command and the daemon apart, and several commands: by the lock file beside the control
 * socket. Where that cannot be used, the command works all the same and says so.
 */
final class CommandLocks implements AutoCloseable {
  private final Optional<LockFile> file;
  private final DatasetLocks locks;

  private CommandLocks(Optional<LockFile> file) {
    this.file = file;
    this.locks = new DatasetLocks(file, DatasetLocks.WAIT);
  }

  /** Opens the lock file of the configuration, or of the usual place if there is none. */
  static CommandLocks open(Services services, Arguments arguments) {
    Path socket;
    try {
      socket = services.configuration(arguments).controlSocket();
    } catch (CommandException e) {
      socket = Configuration.DEFAULT_CONTROL_SOCKET; // these commands need no configuration
    }
    Path path = socket.resolveSibling(LockFile.NAME);
    Path folder = path.getParent();
    if (folder != null && Files.notExists(folder)) {
      return new CommandLocks(Optional.empty()); // then no daemon of this configuration runs
    }
    try {
      return new CommandLocks(Optional.of(LockFile.open(path)));
    } catch (IOException e) {
      String reason = e instanceof AccessDeniedException ? "permission denied" : e.toString();
      services
          .console()
          .err()
          .println(
              "warning: cannot use %s: %s%n  a running daemon does not see which datasets this command works on; run it as the user of the daemon, or stop the daemon first"
                  .formatted(path, reason));
      services.console().err().flush();
      return new CommandLocks(Optional.empty());
    }
  }

  DatasetLocks locks() {
    return locks;
  }

  @Override
  public void close() {
    if (file.isPresent()) {
      try {
        file.get().close();
      } catch (IOException e) {
        // The process ends, and its locks with it.
      }
    }
  }
}
