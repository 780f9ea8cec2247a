package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.FreePort;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real {@code sshd} on the loopback interface, with keys and a configuration of its own. */
public final class LocalSshd implements AutoCloseable {
  /** Options with which {@code ssh} believes this server without asking. */
  public static final List<String> CLIENT_OPTIONS =
      List.of("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR");

  private static final Path SSHD = Path.of("/usr/sbin/sshd");

  private final Path folder;
  private final int port;
  private final Process process;

  private LocalSshd(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param folder empty, for keys and logs
   * @param forcedCommands for each key to be made: what the server runs for it
   */
  public static LocalSshd start(Path folder, Map<String, String> forcedCommands) throws Exception {
    assertThat(SSHD)
        .as("this test needs openssh-server: apt-get install openssh-server (./build does so)")
        .isExecutable();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    makeKey(folder, "host");
    StringBuilder authorized = new StringBuilder();
    for (Map.Entry<String, String> each : forcedCommands.entrySet()) {
      makeKey(folder, each.getKey());
      authorized.append(
          "command=\"%s\",restrict %s"
              .formatted(
                  each.getValue(), Files.readString(folder.resolve(each.getKey() + ".pub"))));
    }
    Files.writeString(folder.resolve("authorized_keys"), authorized);
    int port;
    try (ServerSocket free = FreePort.bind()) {
      port = free.getLocalPort();
    }
    writeConfiguration(folder, port);
    if (user().equals("root")) {
      Files.createDirectories(Path.of("/run/sshd"));
    }
    Path log = folder.resolve("sshd.log");
    Process process =
        new ProcessBuilder(
                SSHD.toString(), "-D", "-e", "-f", folder.resolve("sshd_config").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Awaitility.await("sshd listens")
        .until(() -> Files.readString(log).contains("Server listening"));
    return new LocalSshd(folder, port, process);
  }

  private static void makeKey(Path folder, String name) throws Exception {
    Process process =
        new ProcessBuilder(
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                folder.resolve(name).toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
  }

  private static void writeConfiguration(Path folder, int port) throws IOException {
    Files.writeString(
        folder.resolve("sshd_config"),
        """
        ListenAddress 127.0.0.1
        Port %d
        HostKey %s
        AuthorizedKeysFile %s
        PidFile none
        UsePAM no
        StrictModes no
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        """
            .formatted(port, folder.resolve("host"), folder.resolve("authorized_keys")));
  }

  /** As whom clients log in: as whoever runs the test. */
  public static String user() {
    return System.getProperty("user.name");
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /** The private key that was made under this name. */
  public Path key(String name) {
    return folder.resolve(name);
  }

  /** Makes one more key, which the server does not know. */
  public Path strangersKey() throws Exception {
    makeKey(folder, "stranger");
    return key("stranger");
  }

  @Override
  public void close() {
    process.destroy();
    try {
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("sshd ends").isTrue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
