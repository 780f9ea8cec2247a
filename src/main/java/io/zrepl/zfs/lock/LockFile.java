package io.zrepl.zfs.lock;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An empty file of whose bytes processes lock single ones ({@code fcntl(2)}, advisory): a dataset
 * is a place in it. The system frees them when a process ends, however it ends, and the file may be
 * removed whenever no process runs.
 *
 * <p>The locks belong to the process, and closing any other channel to the same file would lose
 * them: at most one object per file and process.
 */
public final class LockFile implements AutoCloseable {
  /** Name of the file, in the folder of the control socket. */
  public static final String NAME = "datasets.lock";

  private static final Logger LOG = LoggerFactory.getLogger(LockFile.class);
  private static final Set<PosixFilePermission> PERMISSIONS =
      PosixFilePermissions.fromString("rw-rw----");

  private final Path path;
  private final FileChannel channel;

  private LockFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** A byte that is locked. */
  interface Held {
    void close();
  }

  /**
   * Opens the file, and makes it if need be.
   *
   * @throws IOException if that is not possible; the message is that of the system
   */
  public static LockFile open(Path path) throws IOException {
    boolean isNew = Files.notExists(path);
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (isNew) {
      shareWithOwnerOfFolder(path);
    }
    return new LockFile(path, channel);
  }

  /** If root makes it first, a daemon that is not root must be able to use it as well. */
  private static void shareWithOwnerOfFolder(Path path) {
    try {
      Path folder = path.toAbsolutePath().getParent();
      Files.setPosixFilePermissions(path, PERMISSIONS);
      if (folder != null && !Files.getOwner(folder).equals(Files.getOwner(path))) {
        Files.setOwner(path, Files.getOwner(folder));
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.atDebug().log("cannot share {} with the owner of its folder: {}", path, e.toString());
    }
  }

  /** The byte for a resource of a dataset. Two datasets never share one in practice. */
  static long position(String dataset, int resource) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(dataset.getBytes(StandardCharsets.UTF_8));
      return (ByteBuffer.wrap(hash).getLong() >>> 4 << 2) + resource;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-256", e);
    }
  }

  /**
   * Locks a byte.
   *
   * @param alone whether no other process may have it; otherwise those that share it may
   * @return empty if another process has it. If the system cannot lock, the lock counts as had:
   *     protection against other processes is then missing, and the log says so
   */
  Optional<Held> tryLock(long position, boolean alone) {
    try {
      FileLock lock = channel.tryLock(position, 1, !alone);
      return lock == null ? Optional.empty() : Optional.of(() -> release(lock));
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // another object of this process
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("file", path)
          .log("cannot lock a dataset against other processes: {}", e.toString());
      return Optional.of(() -> {});
    }
  }

  private void release(FileLock lock) {
    try {
      lock.release();
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("file", path).log("cannot unlock a dataset: {}", e.toString());
    }
  }

  /** Who has a byte, as far as the system tells. */
  String holder(long position) {
    return LockHolder.find(path, position)
        .orElse("another zrepl process on this machine (the daemon, or a command)");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
