package io.zrepl.transport;

import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * Waits for {@code zrepl stdinserver} of one client, on a unix socket whose name is the client's
 * identity. Whoever may connect to it is that client, so that its folder must be closed to others.
 */
final class StdinserverListener implements Listener {
  private static final Duration GREETING = Duration.ofSeconds(10);
  private static final int LONGEST_PATH = 107;
  private static final int FILE_TYPE = 0xf000;
  private static final int SOCKET = 0xc000;
  private static final Set<PosixFilePermission> FOR_OTHERS =
      EnumSet.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final ServerSocketChannel server;
  private final Path path;
  private final String fileKey;
  private final ClientIdentity client;
  private final Duration patience;

  private StdinserverListener(
      ServerSocketChannel server,
      Path path,
      String fileKey,
      ClientIdentity client,
      Duration patience) {
    this.server = server;
    this.path = path;
    this.fileKey = fileKey;
    this.client = client;
    this.patience = patience;
  }

  /**
   * Begins to listen.
   *
   * @throws TransportException if the folder is not fit, or the place is taken
   */
  static StdinserverListener open(Path folder, ClientIdentity client) throws IOException {
    return open(folder, client, GREETING);
  }

  /** The same, with another limit for the greeting of a client. */
  static StdinserverListener open(Path folder, ClientIdentity client, Duration patience)
      throws IOException {
    Path path = folder.resolve(client.toString());
    requirePrivate(folder);
    if (path.toString().length() > LONGEST_PATH) {
      throw new TransportException(
          false,
          "the socket %s has a longer path than the system allows (%d)"
              .formatted(path, LONGEST_PATH),
          "use a shorter global.serve.stdinserver.sockdir",
          null);
    }
    removeStale(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
      return new StdinserverListener(server, path, fileKey(path), client, patience);
    } catch (IOException e) {
      Closing.quietly(server);
      throw new TransportException(
          true, "cannot listen on %s: %s".formatted(path, e.getMessage()), null, e);
    }
  }

  private static void requirePrivate(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new TransportException(
          true,
          "the folder %s for the sockets of 'zrepl stdinserver' does not exist".formatted(folder),
          "create it: install -d -m 0700 " + folder,
          null);
    }
    Set<PosixFilePermission> permissions =
        Files.readAttributes(folder, PosixFileAttributes.class).permissions();
    if (permissions.stream().anyMatch(FOR_OTHERS::contains)) {
      throw new TransportException(
          true,
          "the folder %s is open to others: its mode is %s"
              .formatted(folder, PosixFilePermissions.toString(permissions)),
          "close it: chmod o-rwx " + folder,
          null);
    }
  }

  private static boolean isSocket(Path path) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & FILE_TYPE) == SOCKET;
  }

  /** Which file it is, so that a later one of the same name is told apart. */
  private static String fileKey(Path path) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.fileKey()
        + " "
        + Files.getAttribute(path, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
  }

  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket(path)) {
      throw new TransportException(false, "%s is no socket".formatted(path), "remove it", null);
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      if (probe.connect(UnixDomainSocketAddress.of(path))) {
        throw new TransportException(
            true,
            "somebody else already serves %s".formatted(path),
            "no two jobs and no two daemons can serve the same client here",
            null);
      }
    } catch (TransportException e) {
      throw e;
    } catch (IOException e) {
      // refused: nobody listens, the socket is left over
    }
    Files.delete(path);
  }

  @Override
  public IncomingConnection accept() throws IOException {
    SocketChannel channel = server.accept();
    return new IncomingConnection() {
      @Override
      public String origin() {
        return "stdinserver " + client;
      }

      @Override
      public Authenticated authenticate() throws IOException {
        SocketConnection connection = new SocketConnection(channel, client + " (stdinserver)");
        try (TimeLimit limit = TimeLimit.start(patience, connection::close)) {
          try {
            connection.writeFully(SshGreeting.HELLO.bytes());
            if (SshGreeting.read(connection) != SshGreeting.BEGIN) {
              throw new IOException(client + ": the client did not begin");
            }
            limit.done();
            return new Authenticated(client, connection);
          } catch (IOException e) {
            connection.close();
            throw limit.isOver()
                ? new IOException(
                    "%s: the client sent no greeting within %s".formatted(client, patience), e)
                : e;
          }
        }
      }

      @Override
      public void close() {
        Closing.quietly(channel);
      }
    };
  }

  @Override
  public String place() {
    return path.toString();
  }

  @Override
  public void close() {
    Closing.quietly(server);
    try {
      // Somebody may have removed it, and another daemon may serve there now.
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && fileKey(path).equals(fileKey)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // the next daemon removes it
    }
  }
}
