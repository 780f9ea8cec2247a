package io.zrepl.daemon;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * The place of the control socket, claimed for this daemon.
 *
 * <p>Whoever can connect to the socket steers the daemon, so its folder must be closed to others. A
 * second daemon must not steal the socket of the first: a lock file beside it decides between two
 * of ours, and a connection attempt finds any other program that listens there.
 */
final class ControlSocketFile implements AutoCloseable {
  private static final Set<PosixFilePermission> FOR_OTHERS =
      EnumSet.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final Path path;
  private final FileChannel lockFile;

  private ControlSocketFile(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Claims the path; afterwards nothing is there, and a socket can be bound.
   *
   * @throws DaemonStartException if the folder is not fit, or somebody else listens there
   */
  static ControlSocketFile claim(Path path) throws DaemonStartException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      throw new DaemonStartException("the control socket cannot be " + path, null);
    }
    requirePrivateFolder(path, folder);
    FileChannel lockFile = lock(path);
    try {
      removeStaleSocket(path);
      return new ControlSocketFile(path, lockFile);
    } catch (IOException e) {
      closeQuietly(lockFile, e);
      throw new DaemonStartException(
          "cannot use the control socket " + path + ": " + describe(e), e);
    } catch (DaemonStartException e) {
      closeQuietly(lockFile, e);
      throw e;
    }
  }

  private static void requirePrivateFolder(Path path, Path folder) throws DaemonStartException {
    if (!Files.isDirectory(folder)) {
      throw new DaemonStartException(
          "the folder of the control socket does not exist: %s%n  create it: install -d -m 0700 %s%n  or choose another place: global.control.sockpath"
              .formatted(folder, folder),
          null);
    }
    try {
      Set<PosixFilePermission> permissions =
          Files.readAttributes(folder, PosixFileAttributes.class).permissions();
      if (permissions.stream().anyMatch(FOR_OTHERS::contains)) {
        throw new DaemonStartException(
            "the folder of the control socket %s is open to others: %s has mode %s%n  close it: chmod o-rwx %s"
                .formatted(path, folder, PosixFilePermissions.toString(permissions), folder),
            null);
      }
    } catch (IOException e) {
      throw new DaemonStartException(
          "cannot look at the folder of the control socket " + folder + ": " + describe(e), e);
    }
  }

  private static FileChannel lock(Path path) throws DaemonStartException {
    Path lockPath = path.resolveSibling(path.getFileName() + ".lock");
    FileChannel channel = null;
    try {
      channel = FileChannel.open(lockPath, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // another daemon in this very process: the same answer as for another process
    } catch (IOException e) {
      throw new DaemonStartException(
          "cannot create the control socket " + path + ": " + describe(e), e);
    }
    DaemonStartException failure = anotherDaemon(path);
    if (channel != null) {
      closeQuietly(channel, failure);
    }
    throw failure;
  }

  private static void removeStaleSocket(Path path) throws IOException, DaemonStartException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new DaemonStartException(
          "the path of the control socket is taken by something that is no socket: "
              + path
              + "\n  remove it, or choose another place: global.control.sockpath",
          null);
    }
    if (isListening(path)) {
      throw anotherDaemon(path);
    }
    Files.delete(path);
  }

  private static boolean isListening(Path path) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      return false; // refused: nobody listens, the socket is left over
    }
  }

  private static DaemonStartException anotherDaemon(Path path) {
    return new DaemonStartException(
        "another daemon is running: it serves the control socket "
            + path
            + "\n  stop it first, or give this one another socket: global.control.sockpath",
        null);
  }

  private static String describe(IOException failure) {
    return failure instanceof AccessDeniedException
        ? "permission denied: " + failure.getMessage()
        : String.valueOf(failure.getMessage());
  }

  private static void closeQuietly(FileChannel channel, Exception failure) {
    try {
      channel.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** The path of the socket. */
  Path path() {
    return path;
  }

  /** Lets owner and group connect. To be called after the socket was bound. */
  void restrictAccess() throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
  }

  /** Removes the socket and gives the place free. */
  @Override
  public void close() throws IOException {
    try (lockFile) {
      Files.deleteIfExists(path);
    }
  }
}
